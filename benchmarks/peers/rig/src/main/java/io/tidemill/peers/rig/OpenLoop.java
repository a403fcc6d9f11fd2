package io.tidemill.peers.rig;

import io.tidemill.peers.Generator;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The load of job C and its clock: a producer that sends each event when it is due, and a reader of the committed results, in
 * one process. Latency is from the instant an event was due, whatever held the producer up, to the poll that returns its
 * result. Counted are the events that were due in the measured span, whenever they come out.
 *
 * <p>Arguments: bootstrap, input, output, events a second, seconds of warm-up, seconds. If input is output, all events come
 * out; else those with an even dwell time do.
 */
final class OpenLoop {
    private static final long DRAIN_MILLIS = 30_000;
    private static final long DUPLICATES_MILLIS = 1_500;
    private static final int MILLIS_MAX = 200_000;
    private static final byte[] EVENT_TIME = "{\"event_time\":".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);

    private final String input;
    private final String output;
    private final long rate;
    private final long total;
    private final long startMillis = System.currentTimeMillis() + 500;
    private final long fromMillis;
    private final long toMillis;
    private final int[] counts = new int[MILLIS_MAX + 1];
    private volatile long expected = Long.MAX_VALUE;
    private volatile long maxLagMillis;
    private long got;
    private long maxMillis;

    private OpenLoop(String[] args) {
        input = args[1];
        output = args[2];
        rate = Long.parseLong(args[3]);
        fromMillis = startMillis + Long.parseLong(args[4]) * 1_000;
        toMillis = fromMillis + Long.parseLong(args[5]) * 1_000;
        total = rate * (toMillis - startMillis) / 1_000;
    }

    public static void main(String[] args) throws InterruptedException {
        Probe.endWithParent();
        Properties forConsumer = Watch.consumer(args[0]);
        forConsumer.put("auto.offset.reset", "latest");
        forConsumer.put("max.poll.records", "20000");
        Properties forProducer = Preload.producer(args[0]);
        forProducer.put("linger.ms", "2");
        forProducer.put("batch.size", "65536");
        forProducer.put("buffer.memory", "67108864");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(forConsumer);
                KafkaProducer<String, byte[]> producer = new KafkaProducer<>(forProducer)) {
            consumer.assign(Watch.partitions(args[2]));
            consumer.seekToEnd(Watch.partitions(args[2]));
            Watch.partitions(args[2]).forEach(consumer::position);
            OpenLoop loop = new OpenLoop(args);
            Thread sender = new Thread(() -> loop.send(producer), "producer");
            sender.start();
            boolean drained = loop.read(consumer);
            sender.join();
            loop.print(drained, loop.readDuplicates(consumer));
        }
        System.exit(0);
    }

    private long dueMillis(long i) {
        return startMillis + i * 1_000 / rate;
    }

    private void send(KafkaProducer<String, byte[]> producer) {
        long measured = 0;
        long i = 0;
        while (i < total) {
            long due = Math.min(total, (System.currentTimeMillis() - startMillis + 1) * rate / 1_000);
            if (i >= due) {
                LockSupport.parkNanos(500_000);
                continue;
            }
            for (; i < due; i++) {
                PageView view = Generator.event(i, 1L << 40);
                view.eventTime = dueMillis(i);
                producer.send(new ProducerRecord<>(input, null, view.eventTime, view.pageId, Generator.json(view)));
                if (view.eventTime >= fromMillis && (input.equals(output) || view.dwellMs % 2 == 0)) {
                    measured++;
                }
            }
            if (dueMillis(i - 1) >= fromMillis) {
                maxLagMillis = Math.max(maxLagMillis, System.currentTimeMillis() - dueMillis(i - 1));
            }
        }
        producer.flush();
        expected = measured;
    }

    /** Whether all came out. */
    private boolean read(KafkaConsumer<byte[], byte[]> consumer) {
        while (got < expected) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(50));
            long now = System.currentTimeMillis();
            for (ConsumerRecord<byte[], byte[]> each : records) {
                long eventMillis = eventMillis(each);
                if (eventMillis >= fromMillis && eventMillis < toMillis) {
                    got++;
                    long latency = Math.max(0, now - eventMillis);
                    maxMillis = Math.max(maxMillis, latency);
                    counts[(int) Math.min(latency, MILLIS_MAX)]++;
                }
            }
            if (now > toMillis + DRAIN_MILLIS) {
                return false;
            }
        }
        return true;
    }

    /** What comes when all are there has come before. */
    private long readDuplicates(KafkaConsumer<byte[], byte[]> consumer) {
        long deadline = System.currentTimeMillis() + DUPLICATES_MILLIS;
        long duplicates = 0;
        while (System.currentTimeMillis() < deadline) {
            for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofMillis(100))) {
                duplicates += eventMillis(each) >= fromMillis ? 1 : 0;
            }
        }
        return duplicates;
    }

    private void print(boolean drained, long duplicates) {
        Probe.say(String.format(
                Locale.ROOT,
                "LATENCY drained=%d expected=%d got=%d duplicates=%d p50=%d p90=%d p99=%d p999=%d max=%d producer_lag=%d",
                drained ? 1 : 0,
                expected,
                got,
                duplicates,
                quantile(0.5),
                quantile(0.9),
                quantile(0.99),
                quantile(0.999),
                maxMillis,
                maxLagMillis));
    }

    private long quantile(double share) {
        long wanted = (long) Math.ceil(got * share);
        long sum = 0;
        for (int millis = 0; millis < counts.length; millis++) {
            sum += counts[millis];
            if (sum >= wanted) {
                return millis;
            }
        }
        return MILLIS_MAX;
    }

    /** The event's own time, which is first in its JSON; results without it have it as their timestamp. */
    private static long eventMillis(ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value();
        if (value.length < EVENT_TIME.length || value[2] != EVENT_TIME[2]) {
            return record.timestamp();
        }
        long millis = 0;
        for (int i = EVENT_TIME.length; i < value.length && value[i] >= '0' && value[i] <= '9'; i++) {
            millis = millis * 10 + (value[i] - '0');
        }
        return millis;
    }
}
