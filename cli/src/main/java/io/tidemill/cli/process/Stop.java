package io.tidemill.cli.process;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks a command that has no end of its own to end: Ctrl-C, or the signal TERM. Thread-safe. */
public final class Stop {
    /*
     * Java answers a signal by running its shutdown hooks, and ends with 130 or 143 when they return, whatever the program
     * wants. So the hook passes the request on, waits until the command has ended in its own way, and then halts with the
     * command's exit code.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final boolean bySignal;
    private final CountDownLatch requested = new CountDownLatch(1);
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private volatile @Nullable Thread hook;

    private Stop(boolean bySignal) {
        this.bySignal = bySignal;
    }

    /** One that signals request, once it listens. */
    public static Stop bySignal() {
        return new Stop(true);
    }

    /** One that only {@link #request} requests. */
    public static Stop byRequest() {
        return new Stop(false);
    }

    /** From now on signals are requests; before, they end the process at once. */
    public void listen() {
        if (bySignal && hook == null) {
            Thread thread = new Thread(this::requestAndHalt, "tidemill-stop");
            Runtime.getRuntime().addShutdownHook(thread);
            hook = thread;
        }
    }

    private void requestAndHalt() {
        request();
        int code = ExitCode.FAILURE;
        try {
            code = exitCode.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            // It did not end in time: what was committed is safe, and the exit code says that something went wrong.
        }
        Runtime.getRuntime().halt(code);
    }

    /** Says that the command has ended, and ends the process. */
    public void exit(int code) {
        exitCode.complete(code);
        Thread listening = hook;
        if (listening != null && !isRequested()) {
            try {
                Runtime.getRuntime().removeShutdownHook(listening);
            } catch (IllegalStateException e) {
                // A signal has just come: the hook ends the process.
            }
        }
        System.exit(code);
    }

    public void request() {
        requested.countDown();
    }

    public boolean isRequested() {
        return requested.getCount() == 0;
    }

    /** Waits for a request, at most so long; whether there was one. */
    public boolean await(Duration atMost) throws InterruptedException {
        return requested.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }
}
