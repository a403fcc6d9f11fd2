package io.tidemill.cluster;

import io.tidemill.log.LogException;
import io.tidemill.log.LogException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Refuses what could lose records that a commit was told are safe. */
final class Safety {
    private static final String UNCLEAN = "unclean.leader.election.enable";
    private static final String IN_SYNC_MIN = "min.insync.replicas";

    private Safety() {}

    /**
     * A topic as the cluster has it.
     *
     * @param replication of the partition that has the fewest replicas
     * @param written whether it is to be appended to
     */
    record Use(String topic, int replication, boolean written, Map<String, String> settings) {}

    /** Throws {@code INVALID} with all that is to be changed. */
    static void require(String writer, List<Use> uses) {
        List<String> mistakes = new ArrayList<>();
        uses.forEach(use -> check(use, mistakes));
        if (!mistakes.isEmpty()) {
            throw new LogException(
                    Code.INVALID,
                    "'" + writer + "' could lose what it has committed, and is not started: "
                            + String.join("; ", mistakes));
        }
    }

    private static void check(Use use, List<String> mistakes) {
        String topic = "topic '" + use.topic + "'";
        if (use.replication > 1 && Boolean.parseBoolean(use.settings.get(UNCLEAN))) {
            mistakes.add(
                    topic + " lets a replica lead that lacks acknowledged records: set " + UNCLEAN + "=false for it");
        }
        // With two replicas, two in sync would mean that neither may ever fail; that choice is left to the owner.
        if (use.written && use.replication >= 3 && inSyncMin(use) < 2) {
            mistakes.add(topic + " acknowledges what a single one of its " + use.replication + " replicas holds: set "
                    + IN_SYNC_MIN + "=2 for it");
        }
        checkRetention(use, topic, mistakes);
    }

    private static int inSyncMin(Use use) {
        return Integer.parseInt(use.settings.getOrDefault(IN_SYNC_MIN, "1"));
    }

    /** Late records and dead letters keep the time of what they are made of: by it, they would be old when they are written. */
    private static void checkRetention(Use use, String topic, List<String> mistakes) {
        boolean deletes = use.settings
                .getOrDefault(TopicSettings.CLEANUP_POLICY, "delete")
                .contains("delete");
        String retention = use.settings.getOrDefault(TopicSettings.RETENTION_MILLIS, TopicSettings.UNLIMITED);
        boolean byRecord = !TopicSettings.LOG_APPEND_TIME.equals(use.settings.get(TopicSettings.TIMESTAMP_TYPE));
        if (use.written && deletes && !retention.startsWith("-") && byRecord) {
            mistakes.add(topic + " deletes records by their own timestamps, so old ones could go before anybody has"
                    + " read them: set " + TopicSettings.TIMESTAMP_TYPE + "=" + TopicSettings.LOG_APPEND_TIME + " or "
                    + TopicSettings.RETENTION_MILLIS + "=-1 for it");
        }
    }
}
