package io.tidemill.consumer;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims partitions in the database's table and starts them from its offsets. The workers store offsets; what is committed to
 * Kafka here is for tools that show lag.
 */
final class JdbcCommitter extends OffsetCommitter {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcCommitter.class);
    private static final Duration LAG_COMMIT_INTERVAL = Duration.ofSeconds(1);
    private static final int CLAIM_ATTEMPTS_MAX = 5;
    private static final long CLAIM_PAUSE_MILLIS = 200;
    private static final long RECLAIM_NANOS = Duration.ofSeconds(1).toNanos();

    private final JdbcTransactions transactions;
    private final JdbcOffsets offsets;

    /** Fenced by others, told by workers. */
    private final Queue<Progress> fenced = new ConcurrentLinkedQueue<>();

    /** When to claim again, if Kafka still says that they are ours. */
    private final Map<TopicPartition, Long> reclaimAt = new HashMap<>();

    JdbcCommitter(
            Settings<?, ?, ?> settings,
            JdbcTransactions transactions,
            JdbcOffsets offsets,
            Client client,
            Flight flight) {
        super(settings, client, flight, LAG_COMMIT_INTERVAL, Integer.MAX_VALUE);
        this.transactions = transactions;
        this.offsets = offsets;
    }

    @Override
    public void start() {
        if (transactions.createTable()) {
            inDatabase(connection -> {
                offsets.create(connection);
                return true;
            });
        }
    }

    void fenced(Progress progress) {
        fenced.add(progress);
    }

    @Override
    void afterCommit() {
        for (Progress progress = fenced.poll(); progress != null; progress = fenced.poll()) {
            LOG.warn("Another process has claimed {}; nothing was stored", progress.partition);
            if (flight.isCurrent(progress)) {
                flight.drop(List.of(progress.partition));
                reclaimAt.put(progress.partition, environment.nanos() + RECLAIM_NANOS);
            }
        }
        reclaim();
    }

    /** A process that was fenced by a zombie is still the owner: it claims again, after the zombie had time to notice. */
    private void reclaim() {
        if (reclaimAt.isEmpty()) {
            return;
        }
        List<TopicPartition> due = reclaimAt.entrySet().stream()
                .filter(entry -> entry.getValue() - environment.nanos() <= 0)
                .map(Map.Entry::getKey)
                .toList();
        reclaimAt.keySet().removeAll(due);
        List<TopicPartition> ours =
                due.stream().filter(client.assignment()::contains).toList();
        assigned(ours).forEach(flight::assign);
    }

    @Override
    public Map<TopicPartition, Claim> assigned(Collection<TopicPartition> partitions) {
        Map<TopicPartition, Claim> claims = new HashMap<>();
        for (TopicPartition partition : partitions) {
            reclaimAt.remove(partition);
            Claim claim = inDatabase(connection -> claim(connection, partition));
            checkRange(partition, claim.stored());
            client.consumer.seek(partition, claim.stored());
            claims.put(partition, claim);
        }
        return claims;
    }

    private Claim claim(Connection connection, TopicPartition partition) throws SQLException {
        connection.setAutoCommit(false);
        if (offsets.read(connection, partition).isEmpty()) {
            offsets.insert(connection, partition, client.position(partition));
        }
        return offsets.claim(connection, partition);
    }

    /** Kafka's client would jump silently. */
    private void checkRange(TopicPartition partition, long next) {
        List<TopicPartition> one = List.of(partition);
        long begin =
                Client.undisturbed(() -> client.consumer.beginningOffsets(one)).getOrDefault(partition, 0L);
        long end = Client.undisturbed(() -> client.consumer.endOffsets(one)).getOrDefault(partition, Long.MAX_VALUE);
        if (next < begin || next > end) {
            throw new IllegalStateException("the table " + transactions.table() + " says that " + partition
                    + " goes on at offset " + next + ", but the log has " + begin + " to " + end
                    + ": records were removed or the topic was made anew. Correct next_offset to go on");
        }
    }

    private interface Work<T> {
        T in(Connection connection) throws SQLException;
    }

    private <T> T inDatabase(Work<T> work) {
        SQLException last = null;
        for (int attempt = 0; attempt < CLAIM_ATTEMPTS_MAX; attempt++) {
            try (Connection connection = transactions.database().getConnection()) {
                return work.in(connection);
            } catch (SQLException e) {
                last = e;
                pause();
            }
        }
        throw new IllegalStateException("the table " + transactions.table() + " cannot be used", last);
    }

    private static void pause() {
        try {
            Thread.sleep(CLAIM_PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void revoked(Collection<TopicPartition> partitions) {
        reclaimAt.keySet().removeAll(partitions);
        super.revoked(partitions);
    }

    @Override
    public void lost(Collection<TopicPartition> partitions) {
        reclaimAt.keySet().removeAll(partitions);
        super.lost(partitions);
    }

    /** The database has the offsets; that Kafka has not is no harm. */
    @Override
    void refused(Exception failure) {
        LOG.warn("Kafka refused the offsets that show the lag", failure);
    }
}
