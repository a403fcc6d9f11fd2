package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** Partitions move while records are in flight. */
final class RebalanceTest {
    private static final int RECORDS = 1_500;

    private static final Map<String, Object> EAGER =
            Map.of("partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor");
    private static final Map<String, Object> COOPERATIVE =
            Map.of("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
    private static final Map<String, Object> NEW_PROTOCOL = Map.of("group.protocol", "consumer");

    @Test
    void eager() throws Exception {
        finishesAndCommitsWhatIsInFlight(EAGER);
    }

    @Test
    void cooperative() throws Exception {
        finishesAndCommitsWhatIsInFlight(COOPERATIVE);
    }

    @Test
    void newProtocol() throws Exception {
        finishesAndCommitsWhatIsInFlight(NEW_PROTOCOL);
    }

    /** Handlers end within the wait, so a rebalance neither loses nor repeats, although commits are rare. */
    private static void finishesAndCommitsWhatIsInFlight(Map<String, Object> protocol) throws Exception {
        String topic = Services.topic("rebalance", 4);
        Records.produce(topic, 4, 40, RECORDS);
        Map<Integer, Integer> times = new ConcurrentHashMap<>();
        CountDownLatch bothWork = new CountDownLatch(20);
        Handler<byte[], byte[]> handler = record -> {
            Thread.sleep(millis(bothWork, times.size()));
            times.merge(Records.number(record), 1, Integer::sum);
        };
        Map<String, Object> client = client(protocol);
        ReliableConsumer<byte[], byte[], NoOutput> member = ReliableConsumer.of(client)
                .topics(topic)
                .group(topic)
                .delivery(Delivery.commitAfterProcessing().every(Duration.ofHours(1), Integer.MAX_VALUE))
                .concurrency(4);
        try (RunningConsumer first = member.handle(handler)) {
            Records.await("some are handled", () -> first.status().recordsHandled() > 100);
            RunningConsumer second = member.handle(record -> {
                bothWork.countDown();
                handler.handle(record);
            });
            bothWork.await();
            second.close();
            assertThat(second.status().state()).isEqualTo(ConsumerStatus.State.STOPPED);
            Records.await("all are handled", () -> times.size() == RECORDS);
            Records.awaitCaughtUp(first);
        }
        assertThat(times.values()).allMatch(n -> n == 1);
    }

    /** How long a handler takes: there is something left for the second member, however late it comes. */
    private static long millis(CountDownLatch bothWork, int handled) {
        if (bothWork.getCount() == 0) {
            return 1;
        }
        return handled < RECORDS / 2 ? 20 : 300;
    }

    private static Map<String, Object> client(Map<String, Object> protocol) {
        Map<String, Object> client = new HashMap<>(Records.client());
        client.putAll(protocol);
        client.put("max.poll.records", 50);
        if (!protocol.equals(NEW_PROTOCOL)) {
            client.put("heartbeat.interval.ms", 200);
        }
        return client;
    }

    /** A handler that does not end in time: its partition goes, it is interrupted, and its record is handled by the other. */
    @Test
    void aHandlerThatDoesNotEndIsInterruptedAndItsRecordRepeated() throws Exception {
        String topic = Services.topic("stuck", 2);
        Records.produce(topic, 2, 2, 2);
        CountDownLatch interrupted = new CountDownLatch(1);
        ReliableConsumer<byte[], byte[], NoOutput> member = ReliableConsumer.of(client(EAGER))
                .topics(topic)
                .group(topic)
                .concurrency(2)
                .revokeWaitMax(Duration.ofMillis(100))
                .closeWaitMax(Duration.ofMillis(100));
        AtomicInteger handled = new AtomicInteger();
        try (RunningConsumer first = member.handle(record -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        })) {
            Records.await("both run", () -> first.status().recordsInFlight() == 2);
            try (RunningConsumer second = member.handle(record -> handled.incrementAndGet())) {
                interrupted.await();
                Records.await("the other has it", () -> second.status().recordsHandled() >= 1);
                assertThat(handled.get()).isEqualTo(1);
                assertThat(first.status().failures())
                        .as("what was lost did not fail")
                        .isZero();
            }
        }
    }

    @Test
    void transactionsEager() throws Exception {
        transactionsStayExact(EAGER);
    }

    @Test
    void transactionsCooperative() throws Exception {
        transactionsStayExact(COOPERATIVE);
    }

    @Test
    void transactionsNewProtocol() throws Exception {
        transactionsStayExact(NEW_PROTOCOL);
    }

    private static void transactionsStayExact(Map<String, Object> protocol) throws Exception {
        String topic = Services.topic("rebalance", 4);
        String out = Services.topic("rebalance-out", 1);
        Records.produce(topic, 4, 40, RECORDS);
        ReliableConsumer<byte[], byte[], KafkaOutput> member = ReliableConsumer.of(client(protocol))
                .topics(topic)
                .group(topic)
                .delivery(Delivery.transactional().every(Duration.ofMillis(50), 100, 1 << 20))
                .revokeWaitMax(Duration.ofMillis(1))
                .concurrency(4);
        CountDownLatch bothWork = new CountDownLatch(20);
        AtomicInteger handled = new AtomicInteger();
        OutputHandler<byte[], byte[], KafkaOutput> handler = (record, output) -> {
            Thread.sleep(millis(bothWork, handled.incrementAndGet()));
            output.send(new ProducerRecord<>(out, record.key(), record.value()));
        };
        try (RunningConsumer first = member.handle(handler)) {
            Records.await("some are handled", () -> first.status().recordsHandled() > 100);
            try (RunningConsumer second = member.handle((record, output) -> {
                bothWork.countDown();
                handler.handle(record, output);
            })) {
                bothWork.await();
                assertThat(second.status().failure()).isEmpty();
            }
            Records.await(
                    "the first has all again", () -> first.status().partitions().size() == 4);
            Records.awaitCaughtUp(first);
        }
        assertThat(Records.readAll(out).stream().map(Records::number))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, RECORDS).boxed().toList());
    }
}
