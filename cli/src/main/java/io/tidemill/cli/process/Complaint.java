package io.tidemill.cli.process;

import io.tidemill.engine.PipelineException;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.state.StateStoreException;
import io.tidemill.log.LogException;
import io.tidemill.operations.AdviceException;
import io.tidemill.operations.AuditException;
import io.tidemill.operations.groups.GroupException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * What is said when a command fails.
 *
 * @param sentence what to do
 */
public record Complaint(int exitCode, String sentence) {
    public static Complaint about(Throwable failure) {
        if (failure instanceof CommandException e) {
            return new Complaint(e.exitCode(), String.valueOf(e.getMessage()));
        }
        if (failure instanceof LogException e) {
            return new Complaint(exitCode(e.code()), String.valueOf(e.getMessage()));
        }
        if (failure instanceof GroupException e) {
            return new Complaint(e.isMisuse() ? ExitCode.MISUSE : ExitCode.FAILURE, String.valueOf(e.getMessage()));
        }
        if (failure instanceof PipelineException
                || failure instanceof StateStoreException
                || failure instanceof SavepointException
                || failure instanceof AuditException
                || failure instanceof AdviceException) {
            return new Complaint(ExitCode.FAILURE, String.valueOf(failure.getMessage()));
        }
        if (failure instanceof UncheckedIOException e && e.getCause() != null) {
            return about(e.getCause());
        }
        if (failure instanceof IOException e) {
            return new Complaint(ExitCode.FAILURE, sentence(e));
        }
        if (failure instanceof OutOfMemoryError) {
            return new Complaint(
                    ExitCode.FAILURE,
                    "memory has run out (the most that Java takes here is "
                            + (Runtime.getRuntime().maxMemory() >> 20)
                            + " MiB): allow more, for instance with TIDEMILL_OPTS=-Xmx4g");
        }
        return new Complaint(
                ExitCode.FAILURE,
                "this should not have happened: " + failure
                        + "; --verbose shows where it comes from: unless that is in your code, please report it");
    }

    private static int exitCode(LogException.Code code) {
        return switch (code) {
            case UNKNOWN_TOPIC, TOPIC_EXISTS, OFFSET_OUT_OF_RANGE, INVALID -> ExitCode.MISUSE;
            default -> ExitCode.FAILURE;
        };
    }

    private static String sentence(IOException failure) {
        if (failure instanceof NoSuchFileException e) {
            return "there is no file " + e.getFile() + ": check the path";
        }
        if (failure instanceof AccessDeniedException e) {
            return "no permission for " + e.getFile() + ": change its permissions, or use another";
        }
        if (failure instanceof FileSystemException e && e.getReason() != null) {
            return "cannot use " + e.getFile() + " (" + e.getReason() + "): use another";
        }
        return "reading or writing failed (" + failure.getMessage() + "): check the file or the disk, and try again";
    }
}
