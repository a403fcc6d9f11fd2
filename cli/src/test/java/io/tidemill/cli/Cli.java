package io.tidemill.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemill.cli.process.Stop;
import io.tidemill.cli.process.Surroundings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs the command in this process, over a data directory, with its streams caught. */
final class Cli {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    final Path data;
    final Stop stop = Stop.byRequest();

    Cli(Path data) {
        this.data = data;
    }

    /** What came of a command. */
    record Outcome(int exitCode, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }

        List<JsonNode> objects() {
            List<JsonNode> objects = new ArrayList<>();
            lines().forEach(line -> objects.add(parse(line)));
            return objects;
        }

        JsonNode summary() {
            List<JsonNode> all = objects();
            JsonNode last = all.get(all.size() - 1);
            if (!last.path("type").asText().equals("summary")) {
                throw new AssertionError("the last line is no summary: " + last);
            }
            return last;
        }
    }

    static JsonNode parse(String line) {
        try {
            JsonNode node = MAPPER.readTree(line);
            if (!node.isObject()) {
                throw new AssertionError("no JSON object: " + line);
            }
            return node;
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + line, e);
        }
    }

    /** With {@code --data}. */
    Outcome run(String... args) {
        return run(InputStream.nullInputStream(), args);
    }

    Outcome runWithInput(String input, String... args) {
        return run(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), args);
    }

    Outcome run(InputStream in, String... args) {
        return bare(in, withData(args));
    }

    /** A command on a thread of its own: pools of a small machine may have no other. */
    static final class Running {
        private static final long END_SECONDS_MAX = 120;

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

        /** What it has said and flushed so far. */
        String out() {
            return out.toString(StandardCharsets.UTF_8);
        }

        boolean isDone() {
            return outcome.isDone();
        }

        Outcome await() throws Exception {
            return outcome.get(END_SECONDS_MAX, TimeUnit.SECONDS);
        }
    }

    /** With {@code --data}; it is to be stopped. */
    Running start(String... args) {
        Running running = new Running();
        Thread thread = new Thread(() -> {
            try {
                running.outcome.complete(bare(running.out, InputStream.nullInputStream(), withData(args)));
            } catch (RuntimeException | Error e) {
                running.outcome.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return running;
    }

    private String[] withData(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--data");
        all.add(data.toString());
        return all.toArray(String[]::new);
    }

    /** The arguments as they are. */
    Outcome bare(InputStream in, String... args) {
        return bare(new ByteArrayOutputStream(), in, args);
    }

    private Outcome bare(ByteArrayOutputStream out, InputStream in, String... args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Surroundings surroundings = new Surroundings(
                in,
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                stop);
        int exitCode = Main.run(surroundings, args);
        return new Outcome(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    Outcome bare(String... args) {
        return bare(InputStream.nullInputStream(), args);
    }
}
