package io.tidemill.deadletter;

import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.util.List;
import java.util.Optional;

/** All programs whose letters are known. */
final class LetterFormats {
    private static final List<LetterFormat> ALL = List.of(new TidemillFormat());

    private LetterFormats() {}

    /** Empty if the record is nobody's letter. */
    static Optional<Letter> read(TopicPartition place, RecordCursor record) {
        for (LetterFormat format : ALL) {
            var content = format.read(record);
            if (content.isPresent()) {
                return Optional.of(new Letter(place, record.offset(), record.appendTimeMillis(), content.get()));
            }
        }
        return Optional.empty();
    }
}
