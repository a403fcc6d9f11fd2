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
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--data");
        all.add(data.toString());
        return bare(in, all.toArray(String[]::new));
    }

    /** The arguments as they are. */
    Outcome bare(InputStream in, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
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
