package io.tidemill.compat.doctor;

import io.tidemill.doctor.Observations;
import io.tidemill.doctor.PolledSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;

/** Looks at a group from outside, on a thread of its own, until it is told that enough has happened. */
final class Watch {
    private static final Duration AT_MOST = Duration.ofMinutes(3);
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    /** The source asks for the time once before each look, and once in it. */
    private static final int CALLS_OF_A_LOOK = 2;

    private final AtomicInteger calls = new AtomicInteger();
    private final CompletableFuture<Observations> observations = new CompletableFuture<>();
    private final Thread thread;

    private Watch(Admin admin, String group) {
        PolledSource source = new PolledSource(admin, this::now);
        thread = new Thread(
                () -> {
                    try {
                        observations.complete(source.watch(group, AT_MOST, LOOK_EVERY));
                    } catch (RuntimeException | Error e) {
                        observations.completeExceptionally(e);
                    }
                },
                "watch-of-" + group);
        thread.setDaemon(true);
    }

    private Instant now() {
        calls.incrementAndGet();
        return Instant.now();
    }

    /** Returns when it has looked for the first time. */
    static Watch start(Admin admin, String group) {
        Watch watch = new Watch(admin, group);
        watch.thread.start();
        watch.awaitLook();
        return watch;
    }

    /** Until it has seen the group as it is now. */
    void awaitLook() {
        int enough = calls.get() + 2 * CALLS_OF_A_LOOK;
        Scene.await("a look", () -> calls.get() >= enough || observations.isDone());
    }

    /** What it has seen, the present included. */
    Observations end() throws Exception {
        awaitLook();
        thread.interrupt();
        return observations.get(60, TimeUnit.SECONDS);
    }
}
