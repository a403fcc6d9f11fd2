package io.tidemill.kafka;

import io.tidemill.log.EmbeddedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the disk, for all connections: what was written while one sync went on is covered by the next. No network thread
 * ever waits.
 */
final class SyncThread implements Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(KafkaServer.class);

    private final EmbeddedLog log;
    private final Thread thread;

    /** Bounded by the requests that connections may have under way. Guarded by this. */
    private List<Waiting> waiting = new ArrayList<>();

    private boolean closing;

    private record Waiting(long sequence, Consumer<@Nullable RuntimeException> then) {}

    SyncThread(EmbeddedLog log) {
        this.log = log;
        thread = new Thread(this, "tidemill-kafka-sync");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /**
     * Runs {@code then} when all up to {@code sequence} is as durable as the log promises and visible, or with what went wrong.
     * It must be short.
     */
    void whenDurable(long sequence, Consumer<@Nullable RuntimeException> then) {
        synchronized (this) {
            if (!closing) {
                waiting.add(new Waiting(sequence, then));
                notifyAll();
                return;
            }
        }
        then.accept(new IllegalStateException("the server is closed"));
    }

    /** As {@link #whenDurable}, but on this thread, which waits. */
    void now(long sequence, Consumer<@Nullable RuntimeException> then) {
        await(List.of(new Waiting(sequence, then)));
    }

    @Override
    public void run() {
        List<Waiting> batch = next();
        while (!batch.isEmpty()) {
            await(batch);
            batch = next();
        }
    }

    /** All that wait now; empty when there are none and none will come. */
    private synchronized List<Waiting> next() {
        try {
            while (waiting.isEmpty() && !closing) {
                wait();
            }
        } catch (InterruptedException e) {
            closing = true;
        }
        List<Waiting> batch = waiting;
        waiting = new ArrayList<>();
        return batch;
    }

    private void await(List<Waiting> batch) {
        RuntimeException failure = null;
        try {
            log.awaitDurable(batch.stream().mapToLong(Waiting::sequence).max().orElseThrow());
        } catch (RuntimeException e) {
            failure = e;
        }
        for (Waiting one : batch) {
            try {
                one.then().accept(failure);
            } catch (RuntimeException e) {
                LOGGER.error("a request could not be finished", e);
            }
        }
    }

    /** Ends when all that wait have been told. */
    void close(Duration atMost) throws InterruptedException {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        thread.join(Math.max(1, atMost.toMillis()));
    }
}
