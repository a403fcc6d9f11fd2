package io.tidemill.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * State that is larger than the heap: filled, cut off by the end of the process without warning, recovered, changed at random
 * and closed, each part in a JVM of its own. See README.md.
 */
public final class LargeState {
    private static final Map<String, String> DEFAULTS = Map.of(
            "--state-mib", "2048",
            "--entry-bytes", "1000",
            "--heap", "256m",
            "--backend", "rocksdb",
            "--updates", "200000",
            "--close", "yes",
            "--dir", "");

    private LargeState() {}

    /** Takes pairs of a setting's name and its value. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Map<String, String> settings = Arguments.settings(args, DEFAULTS);
        Path directory = Arguments.directory(settings);
        String entryBytes = settings.getOrDefault("--entry-bytes", "");
        long entries = (Long.parseLong(settings.getOrDefault("--state-mib", "")) << 20) / Long.parseLong(entryBytes);
        System.out.printf(
                "%d entries of %s bytes; backend %s; heap %s; JDK %s; data in %s%n",
                entries,
                entryBytes,
                settings.get("--backend"),
                settings.get("--heap"),
                Runtime.version(),
                Files.getFileStore(directory.toAbsolutePath().getParent()).type());
        try {
            for (String part : List.of("fill", "recover", "update", "close")) {
                if (!part.equals("close") || "yes".equals(settings.get("--close"))) {
                    System.out.println("    "
                            + Children.java(
                                    "-Xmx" + settings.get("--heap"),
                                    "-Xlog:disable",
                                    "LargeStatePart",
                                    directory.resolve("data").toString(),
                                    settings.getOrDefault("--backend", ""),
                                    Long.toString(entries),
                                    entryBytes,
                                    settings.getOrDefault("--updates", ""),
                                    part));
                }
            }
        } finally {
            Children.delete(directory);
        }
    }
}
