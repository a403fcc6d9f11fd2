package io.tidemill.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.engine.PipelineException;
import io.tidemill.log.LogException;
import io.tidemill.operations.AuditException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class ComplaintTest {
    @Test
    void sentencesOfTheLibraryStayWhatTheyAre() {
        assertThat(Complaint.about(new PipelineException("do this"))).isEqualTo(new Complaint(3, "do this"));
        assertThat(Complaint.about(new AuditException("do that"))).isEqualTo(new Complaint(3, "do that"));
        assertThat(Complaint.about(CommandException.misuse("so"))).isEqualTo(new Complaint(2, "so"));
    }

    @Test
    void whatTheLogRefusesIsMisuseOnlyIfTheCommandLineIsToBlame() {
        for (LogException.Code code : LogException.Code.values()) {
            int expected = switch (code) {
                case UNKNOWN_TOPIC, TOPIC_EXISTS, OFFSET_OUT_OF_RANGE, INVALID -> 2;
                case RECORD_TOO_LARGE,
                        COMMIT_TOO_LARGE,
                        CONFLICT,
                        OUT_OF_ORDER_SEQUENCE,
                        PRODUCER_FENCED,
                        INVALID_PRODUCER_EPOCH,
                        UNKNOWN_PRODUCER,
                        INVALID_TRANSACTION_STATE,
                        TRANSACTION_TIMEOUT_INVALID,
                        INVALID_RECORD,
                        CORRUPT_BATCH,
                        DISK_FULL,
                        DAMAGED,
                        IN_USE,
                        UNAVAILABLE,
                        IO,
                        CLOSED -> 3;
            };
            assertThat(Complaint.about(new LogException(code, "x")).exitCode())
                    .as(code.name())
                    .isEqualTo(expected);
        }
    }

    @Test
    void files() {
        assertThat(Complaint.about(new NoSuchFileException("f")).sentence())
                .isEqualTo("there is no file f: check the path");
        assertThat(Complaint.about(new UncheckedIOException(new AccessDeniedException("f")))
                        .sentence())
                .startsWith("no permission for f");
        assertThat(Complaint.about(new IOException("broken")).sentence()).contains("(broken)");
    }

    @Test
    void bugsAskToBeReported() {
        Complaint complaint = Complaint.about(new IllegalStateException("odd"));
        assertThat(complaint.exitCode()).isEqualTo(3);
        assertThat(complaint.sentence()).contains("should not have happened", "odd", "--verbose");
        assertThat(Complaint.about(new OutOfMemoryError()).sentence()).contains("TIDEMILL_OPTS=-Xmx");
    }
}
