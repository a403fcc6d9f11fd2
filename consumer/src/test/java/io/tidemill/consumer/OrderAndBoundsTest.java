package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** Order, concurrency and bounds, with handlers that end in random order. */
final class OrderAndBoundsTest {
    private static final long SEED = System.nanoTime();

    /** Notes the order of what is handled, by lane, and that no two of a lane run at once. */
    private static final class Handling {
        final Map<String, List<Integer>> order = new ConcurrentHashMap<>();
        final Map<String, Integer> runningByLane = new ConcurrentHashMap<>();
        final AtomicInteger running = new AtomicInteger();
        final AtomicInteger runningMost = new AtomicInteger();
        final AtomicReference<String> fault = new AtomicReference<>("");
        private final Random random = new Random(SEED);

        /** The first ones wait for one another: that many run at once, however slow the machine is. */
        private final CountDownLatch together;

        Handling(int atOnceMin) {
            together = new CountDownLatch(atOnceMin);
        }

        void handle(String lane, ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
            runningMost.accumulateAndGet(running.incrementAndGet(), Math::max);
            together.countDown();
            if (!together.await(30, TimeUnit.SECONDS)) {
                fault.set("too few at once");
            }
            if (runningByLane.merge(lane, 1, Integer::sum) > 1) {
                fault.set("two of lane " + lane + " at once");
            }
            LockSupport.parkNanos(random.nextInt(3) == 0 ? random.nextInt(2_000_000) : 1);
            order.computeIfAbsent(lane, key -> new ArrayList<>()).add(Records.number(record));
            runningByLane.merge(lane, -1, Integer::sum);
            running.decrementAndGet();
        }

        void isInOrder() {
            assertThat(fault.get()).as("seed %d", SEED).isEmpty();
            order.forEach((lane, numbers) ->
                    assertThat(numbers).as("lane %s, seed %d", lane, SEED).isSorted());
        }
    }

    @Test
    void keepsTheOrderOfKeys() throws Exception {
        Handling handling = new Handling(4);
        handleAll(
                Ordering.BY_KEY,
                25,
                handling,
                record -> new String(record.key(), java.nio.charset.StandardCharsets.UTF_8));
        assertThat(handling.order).hasSize(25);
        assertThat(handling.runningMost.get()).isBetween(4, 8);
        handling.isInOrder();
    }

    @Test
    void keepsTheOrderOfPartitions() throws Exception {
        Handling handling = new Handling(1);
        handleAll(Ordering.BY_PARTITION, 25, handling, record -> String.valueOf(record.partition()));
        assertThat(handling.order).hasSize(2);
        handling.isInOrder();
    }

    @Test
    void keepsNoOrderIfNoneIsWanted() throws Exception {
        Handling handling = new Handling(4);
        handleAll(Ordering.UNORDERED, 1, handling, record -> String.valueOf(Records.number(record)));
        assertThat(handling.runningMost.get()).isBetween(4, 8);
    }

    private static void handleAll(
            Ordering ordering,
            int keys,
            Handling handling,
            java.util.function.Function<ConsumerRecord<byte[], byte[]>, String> lane)
            throws Exception {
        String topic = Services.topic("order", 2);
        Records.produce(topic, 2, keys, 1_000);
        try (RunningConsumer consumer = ReliableConsumer.of(Records.client())
                .topics(topic)
                .group(topic)
                .ordering(ordering)
                .concurrency(8)
                .handle(record -> handling.handle(lane.apply(record), record))) {
            Records.awaitCaughtUp(consumer);
            assertThat(consumer.status().recordsHandled()).isEqualTo(1_000);
        }
    }

    @Test
    void recordsAndBytesInFlightAreBounded() throws Exception {
        String topic = Services.topic("bounds", 2);
        Records.produce(topic, 2, 50, 400, 10_000);
        CountDownLatch open = new CountDownLatch(1);
        AtomicInteger most = new AtomicInteger();
        AtomicReference<RunningConsumer> self = new AtomicReference<>();
        long bytesMax = 100_000;
        try (RunningConsumer consumer = ReliableConsumer.of(Records.client())
                .topics(topic)
                .group(topic)
                .concurrency(4)
                .inFlightBytesMax(bytesMax)
                .handle(record -> {
                    open.await();
                    ConsumerStatus status = self.get().status();
                    most.accumulateAndGet((int) status.bytesInFlight(), Math::max);
                })) {
            self.set(consumer);
            Records.await(
                    "as much in flight as there may be", () -> consumer.status().recordsInFlight() == 9);
            Thread.sleep(300);
            assertThat(consumer.status().recordsInFlight())
                    .as("10 would exceed the bytes")
                    .isEqualTo(9);
            open.countDown();
            Records.awaitCaughtUp(consumer);
            assertThat(consumer.status().recordsHandled()).isEqualTo(400);
        }
        assertThat(most.get()).isBetween(10_000, (int) bytesMax);
    }

    /** The first record is stuck, and the others of its partition are done; only so many, and none is committed. */
    @Test
    void whatIsDoneAheadIsBoundedAndNotCommitted() throws Exception {
        String topic = Services.topic("ahead", 1);
        Records.produce(topic, 1, 50, 1_000);
        CountDownLatch open = new CountDownLatch(1);
        Map<String, Object> client = Records.client();
        client.put("max.poll.records", 50);
        try (RunningConsumer consumer = ReliableConsumer.of(client)
                .topics(topic)
                .group(topic)
                .delivery(Delivery.commitAfterProcessing().every(Duration.ofMillis(20), 10))
                .concurrency(4)
                .aheadRecordsMax(200)
                .handle(record -> {
                    if (Records.number(record) == 0) {
                        open.await();
                    }
                })) {
            Records.await("200 are ahead", () -> consumer.status().recordsHandled() >= 180);
            Thread.sleep(300);
            ConsumerStatus stuck = consumer.status();
            assertThat(stuck.recordsHandled()).isLessThan(250);
            PartitionStatus partition = stuck.partitions().values().iterator().next();
            assertThat(partition.committed()).isEqualTo(-1);
            assertThat(partition.oldestUncommitted().orElseThrow().offset()).isZero();
            assertThat(stuck.lag()).isEqualTo(1_000);
            open.countDown();
            Records.awaitCaughtUp(consumer);
            Records.await(
                    "all is committed",
                    () -> consumer.status()
                                    .partitions()
                                    .values()
                                    .iterator()
                                    .next()
                                    .committed()
                            == 1_000);
        }
    }

    /** Handlers that take more than twice the poll interval: no rebalance takes place, and nothing is handled twice. */
    @Test
    void longProcessingKeepsTheGroup() throws Exception {
        longProcessing(Map.of());
    }

    @Test
    void longProcessingKeepsTheGroupOfTheNewProtocol() throws Exception {
        longProcessing(Map.of("group.protocol", "consumer"));
    }

    private static void longProcessing(Map<String, Object> properties) throws Exception {
        String topic = Services.topic("long", 1);
        Records.produce(topic, 1, 4, 8);
        Map<String, Object> client = Records.client();
        client.putAll(properties);
        client.put("max.poll.interval.ms", 2_500);
        AtomicInteger calls = new AtomicInteger();
        try (RunningConsumer consumer = ReliableConsumer.of(client)
                .topics(topic)
                .group(topic)
                .concurrency(4)
                .recordsInFlightMax(4)
                .revokeWaitMax(Duration.ofMillis(500))
                .handle(record -> {
                    calls.incrementAndGet();
                    Thread.sleep(6_000);
                })) {
            Records.await("the first are being handled", () -> calls.get() > 0);
            // A coordinator that does not know the new topic yet assigns nothing first: that is one more.
            long atFirst = consumer.status().rebalances();
            Records.awaitCaughtUp(consumer);
            assertThat(consumer.status().rebalances()).isEqualTo(atFirst);
        }
        assertThat(calls.get()).isEqualTo(8);
    }
}
