package io.tidemill.benchmarks.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** As many records as producers can get rid of, each producer on a thread of its own. */
record ProduceLoad(Clients clients, String topic, int producers, int recordBytes) {
    private static final int LINGER_MILLIS = 5;

    /**
     * Records that were acknowledged in that time. What is then still on its way is given up: a broker that syncs every batch
     * by itself would take minutes for what clients have in their buffers.
     */
    Throughput run(Duration duration) throws InterruptedException {
        Run run = new Run(System.nanoTime() + duration.toNanos());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < producers; i++) {
            long seed = i;
            threads.add(new Thread(() -> send(run, seed)));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        Exception failed = run.failure.get();
        if (failed != null) {
            throw new IllegalStateException("records were refused", failed);
        }
        return new Throughput(run.acknowledged.sum(), duration.toNanos());
    }

    private record Run(long untilNanos, LongAdder acknowledged, AtomicReference<@Nullable Exception> failure) {
        Run(long untilNanos) {
            this(untilNanos, new LongAdder(), new AtomicReference<>());
        }

        boolean goesOn() {
            return System.nanoTime() - untilNanos < 0;
        }

        void told(@Nullable Exception e) {
            if (goesOn()) {
                acknowledged.add(e == null ? 1 : 0);
                failure.compareAndSet(null, e);
            }
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The callback has it all.
    private void send(Run run, long seed) {
        byte[] value = new byte[recordBytes];
        new SplittableRandom(seed).nextBytes(value);
        KafkaProducer<byte[], byte[]> producer = clients.producer(LINGER_MILLIS);
        try {
            while (run.goesOn()) {
                producer.send(new ProducerRecord<>(topic, value), (metadata, e) -> run.told(e));
            }
        } finally {
            producer.close(Duration.ZERO);
        }
    }
}
