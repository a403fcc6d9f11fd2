package io.tidemill.benchmarks.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** As many records as producers can get rid of, each producer on a thread of its own. */
record ProduceLoad(Clients clients, String topic, int producers, int recordBytes) {
    private static final int LINGER_MILLIS = 5;

    /** Records that were acknowledged, over the time until the last of them was. */
    Throughput run(Duration duration) throws InterruptedException {
        AtomicLong acknowledged = new AtomicLong();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        long begin = System.nanoTime();
        for (int i = 0; i < producers; i++) {
            long seed = i;
            threads.add(new Thread(() -> send(begin + duration.toNanos(), seed, acknowledged, failure)));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        long nanos = System.nanoTime() - begin;
        Exception failed = failure.get();
        if (failed != null) {
            throw new IllegalStateException("records were refused", failed);
        }
        return new Throughput(acknowledged.get(), nanos);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The callback has it all.
    private void send(
            long untilNanos, long seed, AtomicLong acknowledged, AtomicReference<@Nullable Exception> failure) {
        byte[] value = new byte[recordBytes];
        new SplittableRandom(seed).nextBytes(value);
        try (KafkaProducer<byte[], byte[]> producer = clients.producer(LINGER_MILLIS)) {
            long sent = 0;
            while (System.nanoTime() - untilNanos < 0) {
                producer.send(new ProducerRecord<>(topic, value), (metadata, e) -> {
                    if (e != null) {
                        failure.set(e);
                    }
                });
                sent++;
            }
            producer.flush();
            acknowledged.addAndGet(sent);
        }
    }
}
