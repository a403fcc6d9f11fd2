package io.tidemill.deadletter;

import io.tidemill.api.DeadLetter;
import io.tidemill.log.batch.RecordCursor;
import java.util.Optional;

/** Letters of pipelines and of reliable consumers. */
final class TidemillFormat implements LetterFormat {
    @Override
    public Optional<DeadLetter> read(RecordCursor record) {
        try {
            return Optional.of(DeadLetter.of(record.key(), record.value(), record.headers()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
