package io.tidemill.compat.doctor;

import io.tidemill.doctor.Cause;
import io.tidemill.doctor.Diagnosis;
import io.tidemill.doctor.RebalanceDoctor;
import io.tidemill.groups.Trigger.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;

/** One for each cause; each in a group and topics of its own. */
final class Scenarios {
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final Map<String, Object> IMPATIENT = Map.of("max.poll.interval.ms", 2_000);

    private final Scene scene;
    private final String protocol;
    private final String group;
    private final String topic;

    Scenarios(Scene scene, String protocol) throws Exception {
        this.scene = scene;
        this.protocol = protocol;
        int number = NUMBERS.incrementAndGet();
        this.group = "group-" + number;
        this.topic = "topic-" + number;
        scene.createTopic(topic, 4);
    }

    private Worker worker(String client) {
        return worker(client, Map.of());
    }

    private Worker worker(String client, Map<String, Object> more) {
        return scene.worker(group, client + "-of-" + group, protocol, more, topic);
    }

    private boolean isClassic() {
        return protocol.equals("classic");
    }

    Diagnosis healthy() throws Exception {
        scene.produce(topic, 4, 40, 10);
        try (Worker one = worker("worker-1");
                Worker two = worker("worker-2")) {
            Scene.awaitAssigned(4, one, two);
            Scene.await("all is read", () -> one.records.get() + two.records.get() >= 40);
            Scene.pass(Duration.ofSeconds(3));
            return scene.diagnose(group);
        }
    }

    Diagnosis pollInterval() throws Exception {
        scene.produce(topic, 4, 40, 10);
        try (Worker slow = worker("worker-slow", IMPATIENT);
                Worker good = worker("worker-good", IMPATIENT)) {
            Scene.awaitAssigned(4, slow, good);
            slow.processingMillis.set(3_500);
            scene.produce(topic, 4, 400, 10);
            scene.awaitTriggers(group, Kind.LEFT, 1);
            scene.awaitTriggers(group, Kind.MEMBER_JOINED_NEW, 3);
            return scene.diagnose(group);
        }
    }

    Diagnosis pollIntervalOfAStaticMember() throws Exception {
        scene.produce(topic, 4, 400, 10);
        try (Worker slow = worker("worker-slow", Map.of("max.poll.interval.ms", 4_000, "group.instance.id", group))) {
            slow.processingMillis.set(9_000);
            scene.awaitTriggers(group, Kind.SESSION_EXPIRED, 1);
            return scene.diagnose(group);
        }
    }

    Diagnosis stall() throws Exception {
        try (ConsumerProcess process =
                        new ConsumerProcess(scene.bootstrap(), group, "worker-1-of-" + group, protocol, topic);
                Worker other = worker("worker-2")) {
            Scene.await("both share", () -> other.assigned.size() == 2);
            process.pause();
            scene.awaitTriggers(group, Kind.SESSION_EXPIRED, 1);
            Scene.await("the other has all", () -> other.assigned.size() == 4);
            process.resume();
            scene.awaitTriggers(group, Kind.MEMBER_JOINED_NEW, 3);
            return scene.diagnose(group);
        }
    }

    Diagnosis crash() throws Exception {
        try (ConsumerProcess process =
                        new ConsumerProcess(scene.bootstrap(), group, "worker-1-of-" + group, protocol, topic);
                Worker other = worker("worker-2")) {
            Scene.await("both share", () -> other.assigned.size() == 2);
            process.kill();
            scene.awaitTriggers(group, Kind.SESSION_EXPIRED, 1);
            return scene.diagnose(group);
        }
    }

    Diagnosis churn() throws Exception {
        try (Worker stays = worker("worker-1")) {
            Scene.awaitAssigned(4, stays);
            for (int i = 0; i < 5; i++) {
                try (Worker job = worker("job")) {
                    Scene.awaitAssigned(4, stays, job);
                }
                Scene.awaitAssigned(4, stays);
            }
            return scene.diagnose(group);
        }
    }

    Diagnosis rollingDeploy() throws Exception {
        List<Worker> workers = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                workers.add(worker("worker-" + i));
            }
            Scene.awaitAssigned(4, workers.toArray(Worker[]::new));
            for (int i = 0; i < 3; i++) {
                workers.get(i).close();
                workers.set(i, worker("worker-" + i));
                Scene.awaitAssigned(4, workers.toArray(Worker[]::new));
            }
            // A member may know what it was assigned before the others have let go of it, and the rebalance is over.
            scene.awaitTriggers(group, Kind.MEMBER_JOINED_NEW, 6);
            return scene.diagnose(group);
        } finally {
            workers.forEach(Worker::close);
        }
    }

    Diagnosis topicsChanged() throws Exception {
        try (Worker one = worker("worker-1");
                Worker two = worker("worker-2")) {
            Scene.awaitAssigned(4, one, two);
            scene.addPartitions(topic, 6);
            Scene.awaitAssigned(6, one, two);
            return scene.diagnose(group);
        }
    }

    Diagnosis subscriptionsDiffer() throws Exception {
        scene.createTopic(topic + "-more", 2);
        try (Worker one = worker("worker-1");
                Worker two = worker("worker-2")) {
            Scene.awaitAssigned(4, one, two);
            two.subscribe(topic, topic + "-more");
            Scene.awaitAssigned(6, one, two);
            return scene.diagnose(group);
        }
    }

    Diagnosis slowRevoke() throws Exception {
        try (Worker slow = worker("worker-slow", IMPATIENT)) {
            Scene.awaitAssigned(4, slow);
            slow.revokingMillis.set(5_000);
            try (Worker other = worker("worker-new", IMPATIENT)) {
                Scene.await("the new one has partitions", () -> !other.assigned.isEmpty());
                Scene.await(
                        "a member was thrown out or left",
                        () -> scene.count(group, Kind.REBALANCE_TIMEOUT) + scene.count(group, Kind.LEFT) > 0);
                return scene.diagnose(group);
            }
        }
    }

    Diagnosis staticIdReused() throws Exception {
        Map<String, Object> id = Map.of("group.instance.id", "the-only-one");
        try (Worker one = worker("worker-1", id)) {
            Scene.awaitAssigned(4, one);
            try (Worker two = worker("worker-2", id)) {
                if (isClassic()) {
                    Scene.awaitAssigned(4, two);
                }
                scene.awaitTriggers(group, isClassic() ? Kind.STATIC_MEMBER_REPLACED : Kind.STATIC_MEMBER_FENCED, 1);
                return scene.diagnose(group);
            }
        }
    }

    Diagnosis cooperative() throws Exception {
        Map<String, Object> cooperative =
                Map.of("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        try (Worker one = worker("worker-1", cooperative)) {
            Scene.awaitAssigned(4, one);
            try (Worker two = worker("worker-2", cooperative)) {
                Scene.awaitAssigned(4, one, two);
                return scene.diagnose(group);
            }
        }
    }

    Diagnosis membersWithoutWork() throws Exception {
        List<Worker> workers = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                workers.add(worker("worker-" + i));
            }
            Scene.await(
                    "four have one each",
                    () -> workers.stream()
                                    .filter(each -> each.assigned.size() == 1)
                                    .count()
                            == 4);
            Scene.await(
                    "all are known",
                    () -> scene.diagnose(group).findings().stream()
                            .anyMatch(each -> each.summary().startsWith("2 of 6")));
            return scene.diagnose(group);
        } finally {
            workers.forEach(Worker::close);
        }
    }

    Diagnosis sharedGroup() throws Exception {
        scene.createTopic(topic + "-other", 2);
        try (Worker one = worker("billing-1")) {
            Scene.awaitAssigned(4, one);
            for (int i = 0; i < 2; i++) {
                try (Worker other = scene.worker(group, "search-1", protocol, Map.of(), topic + "-other")) {
                    Scene.awaitAssigned(6, one, other);
                }
            }
            return scene.diagnose(group);
        }
    }

    /** librdkafka gives no reason, and fetches while nobody polls. kcat does not poll while nobody reads what it writes. */
    Diagnosis librdkafkaDoesNotPoll() throws Exception {
        scene.produce(topic, 4, 40, 50_000);
        try (OtherClient kcat = OtherClient.kcat(
                scene.bootstrap(),
                group,
                topic,
                "max.poll.interval.ms=3000",
                "session.timeout.ms=3000",
                "heartbeat.interval.ms=300",
                "auto.commit.interval.ms=500",
                "auto.offset.reset=earliest")) {
            kcat.awaitStart();
            scene.awaitTriggers(group, Kind.LEFT, 1);
            return scene.diagnose(group);
        }
    }

    Diagnosis kafkajsTakesLong(Path directory) throws Exception {
        scene.produce(topic, 4, 40, 10);
        try (OtherClient client = OtherClient.kafkajs(directory, scene.bootstrap(), group, topic, "2000", "3000")) {
            client.awaitStart();
            scene.awaitTriggers(group, Kind.SESSION_EXPIRED, 1);
            scene.awaitTriggers(group, Kind.MEMBER_JOINED_NEW, 2);
            return scene.diagnose(group);
        }
    }

    /** A member is gone when the coordinator is back. */
    Diagnosis coordinatorRestarted() {
        try (Worker one = worker("worker-1");
                Worker two = worker("worker-2")) {
            Scene.awaitAssigned(4, one, two);
            scene.stop();
            one.vanish();
            scene.startAgain();
            Scene.await("the other has all", () -> two.assigned.size() == 4);
            return scene.diagnose(group);
        }
    }

    /** The same from outside: what a cluster without a journal shows. */
    Diagnosis polledChurn() throws Exception {
        return polled(Cause.CHURN);
    }

    Diagnosis polledTopics() throws Exception {
        return polled(Cause.TOPICS_CHANGED);
    }

    Diagnosis polledHealthy() throws Exception {
        return polled(Cause.UNKNOWN);
    }

    private Diagnosis polled(Cause wanted) throws Exception {
        try (Admin admin = scene.admin();
                Worker stays = worker("worker-1")) {
            Scene.awaitAssigned(4, stays);
            Watch watch = Watch.start(admin, group);
            if (wanted == Cause.CHURN) {
                for (int i = 0; i < 4; i++) {
                    try (Worker job = worker("job")) {
                        Scene.awaitAssigned(4, stays, job);
                        watch.awaitLook();
                    }
                    Scene.awaitAssigned(4, stays);
                    watch.awaitLook();
                }
            } else if (wanted == Cause.TOPICS_CHANGED) {
                scene.produce(topic, 4, 40, 10);
                Scene.await("offsets of all are committed", () -> committed(admin) == 4);
                watch.awaitLook();
                scene.addPartitions(topic, 6);
                Scene.awaitAssigned(6, stays);
            } else {
                Scene.pass(Duration.ofSeconds(5));
            }
            return RebalanceDoctor.diagnose(watch.end());
        }
    }

    private int committed(Admin admin) {
        try {
            return admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(30, TimeUnit.SECONDS)
                    .size();
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
