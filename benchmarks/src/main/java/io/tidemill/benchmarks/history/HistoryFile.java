package io.tidemill.benchmarks.history;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Lines of JSON, oldest first. They are only added to. */
record HistoryFile(Path path) {
    private static final Codec<Entry> CODEC = Json.of(Entry.class);

    /** Throws {@link IOException} that names the line which is none. */
    List<Entry> read() throws IOException {
        List<Entry> entries = new ArrayList<>();
        List<String> lines = Files.exists(path) ? Files.readAllLines(path) : List.of();
        for (int i = 0; i < lines.size(); i++) {
            byte[] json = lines.get(i).getBytes(StandardCharsets.UTF_8);
            try {
                entries.add(CODEC.decode(json, 0, json.length));
            } catch (Exception e) {
                throw new IOException(path + ", line " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        return entries;
    }

    void append(Entry entry) throws IOException {
        Files.createDirectories(path.toAbsolutePath().getParent());
        ByteSink line = new ByteSink();
        CODEC.encode(entry, line);
        Files.write(
                path,
                (new String(line.toByteArray(), StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }
}
