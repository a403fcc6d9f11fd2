package io.tidemill.operations;

import io.tidemill.api.Pane;
import io.tidemill.api.Result;
import io.tidemill.engine.ResultKey;
import io.tidemill.log.batch.RecordCursor;
import org.jspecify.annotations.Nullable;

/** The newest result under one key of the results topic. */
final class FoundResult {
    /** Below all: none was there yet, or what was there has been taken back. */
    private static final int NO_REVISION = Result.EARLY_REVISION - 1;

    /** Null if there is none. */
    byte @Nullable [] value;

    Pane pane = Pane.FINAL;
    private int revision = NO_REVISION;
    private boolean wasRepeated;
    private boolean isLabelled = true;

    /** It may be newer than what is known of the pipeline. */
    boolean isRecent;

    /** Takes a record of the topic, in the order of its partition. */
    void take(RecordCursor result, boolean recent, boolean windowed) {
        isRecent |= recent;
        value = result.value();
        if (!windowed) {
            return;
        }
        if (value == null) {
            // Taken back. What comes next under the same key and window may begin again.
            revision = NO_REVISION;
        } else {
            readLabel(result);
        }
    }

    private void readLabel(RecordCursor result) {
        try {
            ResultKey label = ResultKey.of(result.key(), result.headers());
            boolean early = label.pane() == Pane.EARLY;
            isLabelled = label.window() != null && early == (label.revision() == Result.EARLY_REVISION);
            // Early results repeat, until there is a final one.
            wasRepeated |= early ? revision > Result.EARLY_REVISION : label.revision() <= revision;
            revision = label.revision();
            pane = label.pane();
        } catch (IllegalArgumentException e) {
            // It has the headers of a result, but not what belongs into them.
            isLabelled = false;
        }
    }

    boolean isEarly() {
        return value != null && pane == Pane.EARLY;
    }

    /** The revision that a result in its place would have. */
    int revision() {
        return Math.max(0, revision);
    }

    /** The pane that a result in its place would have, if its window has closed. */
    Pane closedPane() {
        return revision < 0 ? Pane.FINAL : pane;
    }

    /** What is wrong with it whatever its value; null if nothing is. */
    @Nullable
    String fault() {
        if (value == null) {
            return null;
        } else if (wasRepeated) {
            return "a revision was written twice, or after a newer one";
        } else if (!isLabelled) {
            return "the record's headers do not tell its window, revision and pane";
        } else if (pane == Pane.EARLY) {
            return "its window has closed, but the newest result is an early one";
        }
        return null;
    }

    int bytes() {
        byte[] held = value;
        return held == null ? 0 : held.length;
    }
}
