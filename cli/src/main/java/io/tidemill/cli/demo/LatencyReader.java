package io.tidemill.cli.demo;

import io.tidemill.cli.records.TopicReader;
import io.tidemill.log.Log;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.time.Duration;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Reads a topic as it grows, and notes how long after the instant in its timestamp each record is in the reader's hands.
 * Runs on a thread of its own until it is stopped.
 */
final class LatencyReader implements Runnable {
    private static final long MICROS_MAX = 3_600_000_000L;
    private static final Duration WAIT = Duration.ofMillis(50);

    private final Log log;
    private final TopicReader reader;
    private final Pace pace;
    private final long warmUntilMillis;
    private final Histogram warmUp = new Histogram(MICROS_MAX, 3);
    private final Histogram steady = new Histogram(MICROS_MAX, 3);
    private volatile boolean stopping;
    private volatile @Nullable RuntimeException failure;
    private long untimed;

    /** @param warmUp records that were due so soon after the start are noted apart */
    LatencyReader(Log log, String topic, int partitions, Pace pace, Duration warmUp) {
        this.log = log;
        this.reader = new TopicReader(log, topic, partitions, new TopicReader.From.Beginning());
        this.pace = pace;
        this.warmUntilMillis = pace.startMillis() + warmUp.toMillis();
    }

    @Override
    public void run() {
        try {
            boolean last = false;
            while (!last) {
                last = stopping;
                long seen = log.changes();
                reader.readAll(this::note);
                if (!last) {
                    log.awaitChange(seen, WAIT);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private boolean note(TopicPartition partition, RecordCursor record) {
        long due = record.timestampMillis();
        if (due < 0) {
            untimed++;
            return true;
        }
        long micros = Math.max(0, pace.microsSince(due, System.nanoTime()));
        (due < warmUntilMillis ? warmUp : steady).recordValue(Math.min(MICROS_MAX, micros));
        return true;
    }

    /** What is there is still read. */
    void stop() {
        stopping = true;
    }

    /** Once it has ended: what it met. */
    Latencies latencies() {
        RuntimeException met = failure;
        if (met != null) {
            throw met;
        }
        return new Latencies(warmUp, steady, untimed);
    }

    /**
     * Latencies in microseconds.
     *
     * @param untimed records without a timestamp, of which nothing is known
     */
    record Latencies(Histogram warmUp, Histogram steady, long untimed) {}
}
