package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** Each delivery, when nothing goes wrong. */
final class BasicsTest {
    private static final int RECORDS = 1_000;

    @Test
    void commitAfterProcessingHandlesEachRecordOnce() throws Exception {
        handlesEach(Delivery.commitAfterProcessing());
    }

    @Test
    void autoCommitHandlesEachRecordOnce() throws Exception {
        handlesEach(Delivery.autoCommit());
    }

    private static void handlesEach(Delivery<NoOutput> delivery) throws Exception {
        String topic = Services.topic("basics", 3);
        Records.produce(topic, 3, 50, RECORDS);
        Queue<Integer> handled = new ConcurrentLinkedQueue<>();
        try (RunningConsumer consumer = ReliableConsumer.of(Records.client())
                .topics(topic)
                .group(topic)
                .delivery(delivery)
                .concurrency(4)
                .handle(record -> handled.add(Records.number(record)))) {
            Records.awaitCaughtUp(consumer);
            assertThat(consumer.status().recordsHandled()).isEqualTo(RECORDS);
        }
        assertThat(handled).containsExactlyInAnyOrderElementsOf(numbers());
    }

    private static Iterable<Integer> numbers() {
        return IntStream.range(0, RECORDS).boxed().toList();
    }

    @Test
    void transactionsToKafka() throws Exception {
        String topic = Services.topic("basics", 3);
        String out = Services.topic("basics-out", 2);
        Records.produce(topic, 3, 50, RECORDS);
        try (RunningConsumer consumer = ReliableConsumer.of(Records.client())
                .topics(topic)
                .group(topic)
                .delivery(Delivery.transactional())
                .concurrency(4)
                .handle((record, output) -> output.send(new ProducerRecord<>(out, record.key(), record.value())))) {
            Records.awaitCaughtUp(consumer);
        }
        assertThat(Records.readAll(out).stream().map(Records::number)).containsExactlyInAnyOrderElementsOf(numbers());
    }

    @Test
    void transactionsToADatabase() throws Exception {
        String topic = Services.topic("basics", 3);
        Records.produce(topic, 3, 50, RECORDS);
        try (Connection connection = Services.database().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE basics (number INTEGER)");
            try (RunningConsumer consumer = ReliableConsumer.of(Records.client())
                    .topics(topic)
                    .group(topic)
                    .delivery(Delivery.transactional(Services.database()))
                    .concurrency(4)
                    .handle((record, database) -> {
                        try (PreparedStatement insert = database.prepareStatement("INSERT INTO basics VALUES (?)")) {
                            insert.setInt(1, Records.number(record));
                            insert.executeUpdate();
                        }
                    })) {
                Records.awaitCaughtUp(consumer);
            }
            try (ResultSet counts =
                    statement.executeQuery("SELECT COUNT(*), COUNT(DISTINCT number), SUM(number) FROM basics")) {
                counts.next();
                assertThat(counts.getInt(1)).isEqualTo(RECORDS);
                assertThat(counts.getInt(2)).isEqualTo(RECORDS);
                assertThat(counts.getLong(3)).isEqualTo(RECORDS * (RECORDS - 1L) / 2);
            }
        }
    }
}
