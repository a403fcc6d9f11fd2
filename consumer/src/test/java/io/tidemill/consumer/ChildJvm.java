package io.tidemill.consumer;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of its own, with the tests' class path. It ends when its standard input does ({@link #endWithParent}), and so never
 * outlives the tests.
 */
final class ChildJvm implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private ChildJvm(Process process) {
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static ChildJvm start(Class<?> main, File log, List<String> options, String... arguments) throws IOException {
        return start(System.getProperty("java.class.path"), main, log, options, arguments);
    }

    static ChildJvm start(String classPath, Class<?> main, File log, List<String> options, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-XX:-UsePerfData",
                "-cp",
                classPath));
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log))
                .start();
        ChildJvm child = new ChildJvm(process);
        Runtime.getRuntime().addShutdownHook(new Thread(child::close));
        return child;
    }

    /** To be called first by the child. */
    static void endWithParent(Runnable last) {
        Thread watch = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {
                    // the parent lives
                }
            } catch (IOException e) {
                // as good as the end
            }
            last.run();
            Runtime.getRuntime().halt(1);
        });
        watch.start();
    }

    /** The next line that the child writes; throws if it has ended. */
    String line() throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new IOException("the process has ended");
        }
        return line;
    }

    int await(long seconds) throws InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the process did not end within " + seconds + " s");
        }
        return process.exitValue();
    }

    /** Lets it end, so that it can end what it started; then makes it. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (IOException | InterruptedException e) {
            // it is ended below
        }
        process.destroyForcibly();
    }
}
