package io.tidemill.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What a benchmark is told on the command line. What is wrong there ends the program with 2. */
final class Arguments {
    private Arguments() {}

    /** The defaults, and what pairs of a setting's name and its value put in their places. */
    static Map<String, String> settings(String[] args, Map<String, String> defaults) {
        Map<String, String> settings = new HashMap<>(defaults);
        for (int i = 0; i + 1 < args.length; i += 2) {
            if (!defaults.containsKey(args[i])) {
                System.err.println("There is no setting " + args[i] + "; there are " + defaults.keySet() + ".");
                System.exit(2);
            }
            settings.put(args[i], args[i + 1]);
        }
        return settings;
    }

    /** Where {@code --dir} says, or a new one: a directory that may be deleted at the end. */
    static Path directory(Map<String, String> settings) throws IOException {
        String given = settings.getOrDefault("--dir", "");
        if (given.isEmpty()) {
            return Files.createTempDirectory("tidemill-state");
        }
        Path directory = Path.of(given);
        if (Files.exists(directory)) {
            System.err.println(directory + " exists; it is deleted at the end, so name one that does not.");
            System.exit(2);
        }
        return directory;
    }
}
