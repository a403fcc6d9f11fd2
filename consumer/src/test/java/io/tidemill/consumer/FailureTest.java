package io.tidemill.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

/** Records that fail. */
final class FailureTest {
    private static final Retry QUICK = Retry.attempts(3).backoff(Duration.ofMillis(20), Duration.ofMillis(50));

    private static String input(int records) throws Exception {
        String topic = Services.topic("failure", 1);
        Records.produce(topic, 1, 5, records);
        return topic;
    }

    private static ReliableConsumer<byte[], byte[], NoOutput> consumer(String topic) {
        return ReliableConsumer.of(Records.client()).topics(topic).group(topic).concurrency(2);
    }

    @Test
    void stopsAndCommitsNothingBeyondTheRecord() throws Exception {
        String topic = input(50);
        RunningConsumer consumer = consumer(topic)
                .ordering(Ordering.BY_PARTITION)
                .handle(record -> {
                    if (Records.number(record) == 20) {
                        throw new IllegalStateException("no");
                    }
                });
        assertThatThrownBy(() -> consumer.awaitTermination(Duration.ofSeconds(30)))
                .isInstanceOf(ConsumerFailedException.class)
                .hasRootCauseMessage("no");
        assertThat(consumer.status().state()).isEqualTo(ConsumerStatus.State.FAILED);
        consumer.close();

        AtomicInteger first = new AtomicInteger(-1);
        try (RunningConsumer next = consumer(topic)
                .ordering(Ordering.BY_PARTITION)
                .handle(record -> first.compareAndSet(-1, Records.number(record)))) {
            Records.awaitCaughtUp(next);
        }
        assertThat(first.get()).isEqualTo(20);
    }

    @Test
    void stopsAtOnceWhateverWaits() throws Exception {
        String topic = input(200);
        AtomicLong begin = new AtomicLong();
        RunningConsumer consumer = consumer(topic)
                .delivery(Delivery.autoCommit())
                .recordsInFlightMax(20)
                .handle(record -> {
                    begin.compareAndSet(0, System.nanoTime());
                    throw new IllegalStateException("no");
                });
        assertThatThrownBy(() -> consumer.awaitTermination(Duration.ofSeconds(60)))
                .isInstanceOf(ConsumerFailedException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begin.get())).isLessThan(Duration.ofSeconds(25));
    }

    /** The first record fails until all of other keys are done; its own next record waits for it. */
    @Test
    void retriesWithoutHoldingBackOtherKeys() throws Exception {
        String topic = input(50);
        AtomicInteger attempts = new AtomicInteger();
        Queue<Integer> done = new ConcurrentLinkedQueue<>();
        Retry often = Retry.attempts(10_000).backoff(Duration.ofMillis(20), Duration.ofMillis(50));
        try (RunningConsumer consumer = consumer(topic)
                .onFailure(FailureStrategy.retry(often).thenStop())
                .handle(record -> {
                    if (Records.number(record) == 0 && (attempts.incrementAndGet() <= 2 || done.size() < 40)) {
                        throw new IllegalStateException("try again");
                    }
                    done.add(Records.number(record));
                })) {
            Records.awaitCaughtUp(consumer);
            assertThat(attempts.get()).isGreaterThan(2);
            assertThat(consumer.status().failures()).isEqualTo(attempts.get() - 1);
        }
        List<Integer> order = List.copyOf(done);
        assertThat(order).hasSize(50);
        assertThat(order.indexOf(0)).as("40 of other keys overtook it").isEqualTo(40);
        assertThat(order.subList(40, 50)).isSorted();
    }

    @Test
    void skipsWithACallback() throws Exception {
        String topic = input(50);
        Queue<FailedRecord> skipped = new ConcurrentLinkedQueue<>();
        try (RunningConsumer consumer = consumer(topic)
                .onFailure(FailureStrategy.retry(QUICK).thenSkip(skipped::add))
                .handle(record -> {
                    if (Records.number(record) == 7) {
                        throw new IllegalStateException("seven");
                    }
                })) {
            Records.awaitCaughtUp(consumer);
            assertThat(consumer.status().recordsDiscarded()).isEqualTo(1);
        }
        FailedRecord seven = skipped.remove();
        assertThat(seven.attempts()).isEqualTo(3);
        assertThat(seven.failure()).hasMessage("seven");
        assertThat(seven.record().offset()).isEqualTo(7);
    }

    @Test
    void undecodableRecordsGoTheSameWayByteForByte() throws Exception {
        String topic = Services.topic("failure", 1);
        String dead = Services.topic("failure-dead", 1);
        try (KafkaProducer<byte[], byte[]> producer = Records.producer()) {
            ProducerRecord<byte[], byte[]> bad =
                    new ProducerRecord<>(topic, "key".getBytes(UTF_8), new byte[] {1, 2, 3});
            bad.headers().add("trace", new byte[] {9, 0});
            producer.send(bad).get();
            producer.send(new ProducerRecord<>(topic, null, new byte[] {0, 0, 0, 5}))
                    .get();
        }
        Queue<Integer> seen = new ConcurrentLinkedQueue<>();
        try (RunningConsumer consumer = consumer(topic)
                .decode(new StringDeserializer(), new IntegerDeserializer())
                .onFailure(FailureStrategy.deadLetter(DeadLetterTopic.named(dead)))
                .handle(record -> seen.add(record.value()))) {
            Records.awaitCaughtUp(consumer);
        }
        assertThat(seen).containsExactly(5);
        ConsumerRecord<byte[], byte[]> letter = Records.readAll(dead).get(0);
        assertThat(letter.key()).isEqualTo("key".getBytes(UTF_8));
        assertThat(letter.value()).containsExactly(1, 2, 3);
        assertThat(letter.headers().toArray()[0].value()).containsExactly(9, 0);
        assertThat(header(letter, "offset")).isEqualTo("0");
        assertThat(header(letter, "topic")).isEqualTo(topic);
        assertThat(header(letter, "error.type")).isEqualTo(UndecodableRecordException.class.getName());
        assertThat(header(letter, "headers")).isEqualTo("1");
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader("tidemill." + name).value(), UTF_8);
    }

    /** What a failed attempt sent is not there; the dead letter is in the transaction of its offset. */
    @Test
    void deadLettersAreAtomicWithKafkaTransactions() throws Exception {
        String topic = input(50);
        String out = Services.topic("failure-out", 1);
        String dead = Services.topic("failure-dead", 1);
        try (RunningConsumer consumer = consumer(topic)
                .delivery(Delivery.transactional())
                .onFailure(FailureStrategy.retry(QUICK).thenDeadLetter(DeadLetterTopic.named(dead)))
                .handle((record, output) -> {
                    output.send(new ProducerRecord<>(out, record.key(), record.value()));
                    if (Records.number(record) % 10 == 0) {
                        throw new IllegalStateException("tens fail");
                    }
                })) {
            Records.awaitCaughtUp(consumer);
        }
        assertThat(Records.readAll(out)).hasSize(45);
        assertThat(Records.readAll(dead).stream().map(Records::number)).containsExactly(0, 10, 20, 30, 40);
    }

    /** A failure in the middle of a transaction: the records before it are there once, and so is the letter. */
    @Test
    void deadLettersAreAtomicWithDatabaseTransactions() throws Exception {
        String topic = input(50);
        String table = "failure_" + topic.replace('-', '_');
        execute("CREATE TABLE " + table + " (number INTEGER, dead BOOLEAN)");
        DeadLetterSink sink = (failed, context) ->
                insert(context.connection().orElseThrow(), table, Records.number(failed.record()), true);
        try (RunningConsumer consumer = consumer(topic)
                .delivery(Delivery.transactional(Services.database()))
                .onFailure(FailureStrategy.retry(QUICK).thenDeadLetter(sink))
                .handle((record, database) -> {
                    insert(database, table, Records.number(record), false);
                    if (Records.number(record) % 10 == 3) {
                        throw new IllegalStateException("threes fail");
                    }
                })) {
            Records.awaitCaughtUp(consumer);
        }
        assertThat(query("SELECT COUNT(*) FROM " + table + " WHERE dead")).isEqualTo(5);
        assertThat(query("SELECT COUNT(*) FROM " + table + " WHERE NOT dead")).isEqualTo(45);
        assertThat(query("SELECT COUNT(DISTINCT number) FROM " + table)).isEqualTo(50);
    }

    @Test
    void theTransactionIsNotTheHandlers() throws Exception {
        String topic = input(1);
        RunningConsumer consumer = consumer(topic)
                .delivery(Delivery.transactional(Services.database()))
                .handle((record, database) -> {
                    database.close();
                    database.commit();
                });
        assertThatThrownBy(() -> consumer.awaitTermination(Duration.ofSeconds(30)))
                .hasRootCauseMessage("commit() is not the handler's: the transaction holds the offset too");
    }

    @Test
    void aHandlerIsInterruptedAtItsTimeLimit() throws Exception {
        String topic = input(2);
        Queue<FailedRecord> skipped = new ConcurrentLinkedQueue<>();
        try (RunningConsumer consumer = consumer(topic)
                .handlerTimeMax(Duration.ofMillis(100))
                .onFailure(FailureStrategy.skip(skipped::add))
                .handle(record -> {
                    if (Records.number(record) == 0) {
                        Thread.sleep(60_000);
                    }
                })) {
            Records.awaitCaughtUp(consumer);
        }
        assertThat(skipped.remove().failure()).isInstanceOf(HandlerTimeLimitException.class);
    }

    private static void insert(Connection connection, String table, int number, boolean dead) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO " + table + " VALUES (" + number + ", " + dead + ")");
        }
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = Services.database().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long query(String sql) throws SQLException {
        try (Connection connection = Services.database().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
