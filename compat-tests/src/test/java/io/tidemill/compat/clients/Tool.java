package io.tidemill.compat.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A program that is not Maven's to bring. Where one is missing its tests are left out; in CI they fail. */
enum Tool {
    KCAT("kcat"),
    NODE("node"),
    NPM("npm");

    private final String command;

    Tool(String command) {
        this.command = command;
    }

    String command() {
        return command;
    }

    void require() {
        String missing =
                command + " is not on the PATH: install it (Debian and Ubuntu: apt-get install kcat nodejs npm)";
        if (isCi()) {
            assertThat(isThere()).as(missing).isTrue();
        }
        assumeTrue(isThere(), missing);
    }

    private static boolean isCi() {
        return "true".equals(System.getenv("CI"));
    }

    private boolean isThere() {
        String path = System.getenv("PATH");
        return path != null
                && Arrays.stream(path.split(File.pathSeparator, -1))
                        .anyMatch(each -> Files.isExecutable(Path.of(each).resolve(command)));
    }
}
