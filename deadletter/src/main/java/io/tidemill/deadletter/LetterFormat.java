package io.tidemill.deadletter;

import io.tidemill.api.DeadLetter;
import io.tidemill.log.batch.RecordCursor;
import java.util.Optional;

/** How a program writes its dead letters. Thread-safe. */
interface LetterFormat {
    /**
     * The record at hand, if this program has written it; empty if not. Nothing in a record makes it throw, except that memory
     * is out.
     */
    Optional<DeadLetter> read(RecordCursor record);
}
