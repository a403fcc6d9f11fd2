package io.tidemill.compat.clients;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;

/** {@code tidemill serve} as its users start it, in a process of its own, on a free port. Not thread-safe. */
final class ServedTidemill implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofMinutes(3);
    private static final Duration END_MAX = Duration.ofSeconds(90);

    private final Child child;
    private final String bootstrap;

    private ServedTidemill(Child child) {
        this.child = child;
        child.await("telling where it listens", START_MAX, () -> child.output().contains("\n"));
        bootstrap = bootstrap(child.output().lines().findFirst().orElse(""));
    }

    /** One with its data in {@code directory}. */
    static ServedTidemill start(Path directory) {
        return new ServedTidemill(Child.start(
                directory,
                "tidemill",
                Jvm.command(
                        Jvm.classPath(),
                        256,
                        ServeProcess.class,
                        "serve",
                        "--json",
                        "--listen",
                        "127.0.0.1:0",
                        "--data",
                        directory.resolve("data").toString())));
    }

    private static String bootstrap(String json) {
        try {
            return new ObjectMapper().readTree(json).get("bootstrap").asText();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(json, e);
        }
    }

    String bootstrap() {
        return bootstrap;
    }

    /** Asks it to stop, as Ctrl-C does; fails if it does not stop in order. */
    @Override
    public void close() {
        try (child) {
            child.terminate();
            int code = child.awaitEnd(END_MAX);
            if (code != 0) {
                throw new AssertionError(child.told("ended with " + code));
            }
        }
    }
}
