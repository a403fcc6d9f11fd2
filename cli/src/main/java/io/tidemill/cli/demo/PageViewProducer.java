package io.tidemill.cli.demo;

import io.tidemill.api.ByteSink;
import io.tidemill.cli.records.RecordWriter;
import io.tidemill.examples.LatenessProfile;
import io.tidemill.examples.PageViewGenerator;
import io.tidemill.examples.PageViewSettings;
import io.tidemill.log.Log;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;

/**
 * Appends page views at a pace that does not wait for anybody: what is due is appended, about once a millisecond or as
 * soon as the append before is durable. Falling behind shows, as fewer events at the end and as latency.
 */
final class PageViewProducer {
    private static final long TICK_NANOS = 1_000_000;
    private static final int EVENTS_PER_COMMIT_MAX = 20_000;

    /** How long after the end it may make good what is due. */
    private static final long GRACE_NANOS = 1_000_000_000;

    private static final long SEED = 2001;

    private final Pace pace;
    private final RecordWriter writer;
    private final PageViewGenerator views = new PageViewGenerator(PageViewSettings.of(SEED, LatenessProfile.SECONDS));
    private final ByteSink sink = new ByteSink();
    private volatile long appended;
    private volatile long endedNanos;

    PageViewProducer(Log log, String topic, int partitions, Pace pace) {
        this.pace = pace;
        this.writer = new RecordWriter(log, topic, partitions);
    }

    /** Returns when all is appended, or the time is over. */
    void run() {
        long now = System.nanoTime();
        while (appended < pace.total() && now < pace.endNanos() + GRACE_NANOS) {
            long due = Math.min(pace.dueBy(now), appended + EVENTS_PER_COMMIT_MAX);
            if (due > appended) {
                append(due);
                endedNanos = System.nanoTime();
            }
            long next = now + TICK_NANOS;
            now = System.nanoTime();
            if (now < next) {
                LockSupport.parkNanos(next - now);
                now = System.nanoTime();
            }
        }
    }

    private void append(long upTo) {
        for (long index = appended; index < upTo; index++) {
            long dueMillis = pace.dueMillis(index);
            sink.reset();
            views.next(dueMillis, sink);
            writer.add(dueMillis, views.key(), ByteBuffer.wrap(sink.array(), 0, sink.size()));
        }
        writer.flush();
        appended = upTo;
    }

    /** The events that are durable. */
    long appended() {
        return appended;
    }

    /** Events per second, from the beginning until the last one was durable, and at least until the end of the pace. */
    double rate() {
        return appended / ((Math.max(endedNanos, pace.endNanos()) - pace.startNanos()) / 1e9);
    }
}
