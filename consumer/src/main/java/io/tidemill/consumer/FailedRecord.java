package io.tidemill.consumer;

import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record for which no retry is left.
 *
 * @param record as it was read, byte for byte
 * @param failure the last one; an {@link UndecodableRecordException} if the handler never saw the record
 * @param attempts in this process, 1 or more
 */
public record FailedRecord(
        String group,
        ConsumerRecord<byte[], byte[]> record,
        Throwable failure,
        int attempts,
        Instant firstFailure,
        Instant lastFailure) {}
