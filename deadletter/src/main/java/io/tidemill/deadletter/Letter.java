package io.tidemill.deadletter;

import io.tidemill.api.DeadLetter;
import io.tidemill.api.ReplayedRecord;
import io.tidemill.log.TopicPartition;

/**
 * A dead letter and its place.
 *
 * @param place the topic of dead letters, and the partition in it
 * @param appendedMillis when it came there, in milliseconds since the epoch
 */
public record Letter(TopicPartition place, long offset, long appendedMillis, DeadLetter content) {
    /** The same in every replay of it, and no other letter's. */
    public String id() {
        return ReplayedRecord.id(place.topic(), place.partition(), offset);
    }
}
