package io.tidemill.peers.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a process has said: lines of a word and {@code name=number} pairs. */
record Marks(Path file) {
    /** The first line that begins with {@code word}. */
    Optional<String> line(String word) {
        return lines().stream().filter(line -> line.startsWith(word)).findFirst();
    }

    private List<String> lines() {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(String word) {
        return line(word).isPresent();
    }

    double number(String word, String name) {
        return find(word, name)
                .orElseThrow(() -> new IllegalStateException("there is no " + name + " of " + word + " in " + file));
    }

    Optional<Double> find(String word, String name) {
        return line(word)
                .flatMap(line -> Arrays.stream(line.split(" "))
                        .filter(pair -> pair.startsWith(name + "="))
                        .findFirst()
                        .map(pair -> Double.parseDouble(pair.substring(name.length() + 1))));
    }

    String tail(int count) {
        List<String> lines = lines();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - count), lines.size()));
    }
}
