package io.tidemill.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a cluster is reached, and how long things may take there.
 *
 * @param bootstrapServers host:port, separated by commas
 * @param clientProperties passed on to every Kafka client: security, compression, buffers. What exactly-once depends on
 *     cannot be changed by them
 * @param transactionalIdPrefix what the transactional ids of writers begin with; ACLs may need to know it
 * @param commitMax how long one commit may take while all brokers answer, 1 s to 10 min
 * @param restartMax how long it may take more, because a broker fails and another takes over, or it comes back, in the midst
 *     of it; 1 s to 10 min
 * @param transactionTimeout after this the cluster itself aborts a transaction; not less than {@code commitMax} and
 *     {@code restartMax} together, because it must not do so to a commit that is still under way
 * @param requestMax how long any other call may take, 1 s to 10 min
 * @param replicationFactor of topics that are created; -1 for the cluster's default
 * @param readAheadBytesMax how many bytes of all partitions together are fetched before they are asked for, 1 MiB to 4 GiB
 */
public record KafkaLogOptions(
        String bootstrapServers,
        Map<String, String> clientProperties,
        String transactionalIdPrefix,
        Duration commitMax,
        Duration restartMax,
        Duration transactionTimeout,
        Duration requestMax,
        short replicationFactor,
        long readAheadBytesMax) {
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofMinutes(10);

    public KafkaLogOptions {
        clientProperties = Map.copyOf(clientProperties);
        List<String> mistakes = new ArrayList<>(ClientProperties.mistakes(clientProperties));
        if (bootstrapServers.isBlank()) {
            mistakes.add("bootstrapServers is empty: name at least one broker, as host:port");
        }
        requireRange("commitMax", commitMax, mistakes);
        requireRange("restartMax", restartMax, mistakes);
        requireRange("requestMax", requestMax, mistakes);
        if (transactionTimeout.compareTo(commitMax.plus(restartMax)) < 0) {
            mistakes.add("transactionTimeout (" + transactionTimeout + ") is shorter than commitMax (" + commitMax
                    + ") and restartMax (" + restartMax + ") together, so the cluster could abort a commit that is"
                    + " still under way: set transactionTimeout to " + commitMax.plus(restartMax)
                    + " or more, or shorten the others");
        }
        if (replicationFactor < -1 || replicationFactor == 0) {
            mistakes.add("replicationFactor is 1 or more, or -1 for the cluster's default, not " + replicationFactor);
        }
        if (readAheadBytesMax < 1 << 20 || readAheadBytesMax > 4L << 30) {
            mistakes.add("readAheadBytesMax is 1 MiB to 4 GiB, not " + readAheadBytesMax);
        }
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
    }

    private static void requireRange(String name, Duration value, List<String> mistakes) {
        if (value.compareTo(LEAST) < 0 || value.compareTo(MOST) > 0) {
            mistakes.add(name + " is " + LEAST + " to " + MOST + ", not " + value);
        }
    }

    /** A commit may take 20 s, a restart 30 s more, and the cluster aborts after 60 s. */
    public static KafkaLogOptions of(String bootstrapServers) {
        return new KafkaLogOptions(
                bootstrapServers,
                Map.of(),
                "tidemill.",
                Duration.ofSeconds(20),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                (short) -1,
                64 << 20);
    }

    /** Adds a property of Kafka's clients, or replaces it. */
    public KafkaLogOptions clientProperty(String name, String value) {
        Map<String, String> properties = new TreeMap<>(clientProperties);
        properties.put(name, value);
        return clientProperties(properties);
    }

    public KafkaLogOptions clientProperties(Map<String, String> value) {
        return new KafkaLogOptions(
                bootstrapServers,
                value,
                transactionalIdPrefix,
                commitMax,
                restartMax,
                transactionTimeout,
                requestMax,
                replicationFactor,
                readAheadBytesMax);
    }

    public KafkaLogOptions transactionalIdPrefix(String value) {
        return new KafkaLogOptions(
                bootstrapServers,
                clientProperties,
                value,
                commitMax,
                restartMax,
                transactionTimeout,
                requestMax,
                replicationFactor,
                readAheadBytesMax);
    }

    /** The three together, because they depend on one another. */
    public KafkaLogOptions commitTimes(Duration newCommitMax, Duration newRestartMax, Duration newTransactionTimeout) {
        return new KafkaLogOptions(
                bootstrapServers,
                clientProperties,
                transactionalIdPrefix,
                newCommitMax,
                newRestartMax,
                newTransactionTimeout,
                requestMax,
                replicationFactor,
                readAheadBytesMax);
    }

    public KafkaLogOptions requestMax(Duration value) {
        return new KafkaLogOptions(
                bootstrapServers,
                clientProperties,
                transactionalIdPrefix,
                commitMax,
                restartMax,
                transactionTimeout,
                value,
                replicationFactor,
                readAheadBytesMax);
    }

    public KafkaLogOptions replicationFactor(int value) {
        return new KafkaLogOptions(
                bootstrapServers,
                clientProperties,
                transactionalIdPrefix,
                commitMax,
                restartMax,
                transactionTimeout,
                requestMax,
                (short) value,
                readAheadBytesMax);
    }

    public KafkaLogOptions readAheadBytesMax(long value) {
        return new KafkaLogOptions(
                bootstrapServers,
                clientProperties,
                transactionalIdPrefix,
                commitMax,
                restartMax,
                transactionTimeout,
                requestMax,
                replicationFactor,
                value);
    }
}
