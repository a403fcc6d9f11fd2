package io.tidemill.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.cli.process.Stop;
import io.tidemill.cli.process.Surroundings;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OutputTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private Output output(boolean json, boolean terminal) {
        return new Output(
                new Surroundings(
                        InputStream.nullInputStream(),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        terminal,
                        Stop.byRequest()),
                json);
    }

    private static void work(Output output) {
        try (Progress progress = output.progress("work", 100, Progress.Unit.RECORDS)) {
            progress.to(50);
            progress.to(100, 100);
        }
        output.status("half way");
        output.say("done");
        output.object(Json.object("summary").put("done", true));
        output.flush();
    }

    @Test
    void withoutATerminalThereIsNoTraceOfProgress() {
        work(output(false, false));
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualToNormalizingNewlines("done\n");
        assertThat(err.size()).isZero();
    }

    @Test
    void onATerminalProgressIsDrawnOnStandardErrorAndTakenAway() {
        work(output(false, true));
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualToNormalizingNewlines("done\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("work", "\rhalf way", "\r\u001b[K");
    }

    @Test
    void machinesReadObjectsAndNothingElse() {
        work(output(true, true));
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("{\"type\":\"summary\",\"done\":true}\n");
    }
}
