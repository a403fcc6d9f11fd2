package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A process pauses, loses its partitions to another, wakes up and goes on with what it was about to commit. */
final class ZombieTest {
    private static final int RECORDS = 60;

    /** Stops the first thread that comes to a point. */
    private static final class Pause implements Probe {
        final CountDownLatch reached = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        private final AtomicBoolean first = new AtomicBoolean(true);
        private final Point at;

        Pause(Point at) {
            this.at = at;
        }

        @Override
        public void reached(Point point, @Nullable Object where) {
            if (point == at && first.compareAndSet(true, false)) {
                reached.countDown();
                boolean interrupted = true;
                while (interrupted) {
                    try {
                        goOn.await();
                        interrupted = false;
                    } catch (InterruptedException e) {
                        // a paused process does not notice
                    }
                }
            }
        }
    }

    @Test
    void cannotStoreInTheDatabaseWhatItsSuccessorHandled() throws Exception {
        String topic = Services.topic("zombie", 1);
        Records.produce(topic, 1, 5, RECORDS);
        String table = "zombie_" + topic.replace('-', '_');
        sql("CREATE TABLE " + table + " (number INTEGER)");
        OutputHandler<byte[], byte[], Connection> handler = (record, database) -> {
            try (Statement insert = database.createStatement()) {
                insert.execute("INSERT INTO " + table + " VALUES (" + Records.number(record) + ")");
            }
        };
        Pause pause = new Pause(Probe.Point.BEFORE_COMMIT);
        try (RunningConsumer zombie = jdbc(topic, pause).handle(handler)) {
            pause.reached.await();
            try (RunningConsumer successor =
                    jdbc(topic, Environment.SYSTEM.probe()).handle(handler)) {
                Records.await(
                        "the successor has handled all",
                        () -> successor.status().recordsHandled() == RECORDS);
                pause.goOn.countDown();
                Records.await("the zombie noticed", () -> zombie.status().recordsInFlight() == 0);
                assertThat(zombie.status().recordsHandled()).isZero();
            }
        }
        assertThat(numbers(table))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, RECORDS).boxed().toList());
    }

    /** The revoke wait is shorter than the pause: the successor claims while the zombie's transaction is open. */
    private static ReliableConsumer<byte[], byte[], Connection> jdbc(String topic, Probe probe) {
        return ReliableConsumer.of(client(), Environment.SYSTEM.with(probe))
                .topics(topic)
                .group(topic)
                .revokeWaitMax(Duration.ofMillis(50))
                .closeWaitMax(Duration.ofSeconds(2))
                .delivery(Delivery.transactional(Services.database()).upTo(7, Duration.ofSeconds(1)));
    }

    private static Map<String, Object> client() {
        Map<String, Object> client = Records.client();
        // the one that joins gets the partition: sticky assignment would leave it
        client.put("partition.assignment.strategy", NewestFirst.class.getName());
        client.put("heartbeat.interval.ms", 100);
        client.put("session.timeout.ms", 1_000);
        return client;
    }

    /** The polling thread itself is paused before its transaction: the group goes on without it. */
    @Test
    void cannotCommitATransactionAfterTheGroupWentOn() throws Exception {
        String topic = Services.topic("zombie", 1);
        String out = Services.topic("zombie-out", 1);
        Records.produce(topic, 1, 5, RECORDS);
        OutputHandler<byte[], byte[], KafkaOutput> handler =
                (record, output) -> output.send(new ProducerRecord<>(out, record.key(), record.value()));
        Pause pause = new Pause(Probe.Point.OUTPUT_SENT);
        try (RunningConsumer zombie = kafka(topic, pause).handle(handler)) {
            pause.reached.await();
            try (RunningConsumer successor =
                    kafka(topic, Environment.SYSTEM.probe()).handle(handler)) {
                Records.await(
                        "the successor has the partition and the records",
                        () -> successor.status().recordsHandled() == RECORDS);
                Records.awaitCaughtUp(successor);
                pause.goOn.countDown();
                Records.await(
                        "the zombie noticed",
                        () -> zombie.status().partitions().isEmpty()
                                || zombie.status().rebalances() > 1);
            }
            assertThat(zombie.status().failure()).isEmpty();
        }
        assertThat(Records.readAll(out).stream().map(Records::number))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, RECORDS).boxed().toList());
    }

    private static ReliableConsumer<byte[], byte[], KafkaOutput> kafka(String topic, Probe probe) {
        Map<String, Object> client = client();
        client.put("max.poll.interval.ms", 2_000);
        client.put("transaction.timeout.ms", 1_500);
        return ReliableConsumer.of(client, Environment.SYSTEM.with(probe))
                .topics(topic)
                .group(topic)
                .revokeWaitMax(Duration.ofMillis(50))
                .delivery(Delivery.transactional());
    }

    private static void sql(String statement) throws Exception {
        try (Connection connection = Services.database().getConnection();
                Statement made = connection.createStatement()) {
            made.execute(statement);
        }
    }

    private static List<Integer> numbers(String table) throws Exception {
        List<Integer> numbers = new ArrayList<>();
        try (Connection connection = Services.database().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT number FROM " + table)) {
            while (rows.next()) {
                numbers.add(rows.getInt(1));
            }
        }
        return numbers;
    }
}
