package io.tidemill.consumer;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Collects what one call of a handler sends. */
final class Output implements KafkaOutput {
    private final OutputLimits limits;
    private final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>(0);
    private long bytes;
    private volatile boolean ended;

    Output(OutputLimits limits) {
        this.limits = limits;
    }

    @Override
    public void send(ProducerRecord<byte[], byte[]> record) {
        if (ended) {
            throw new IllegalStateException("the handler has returned: its record's output is complete");
        }
        long size = Sizes.of(record);
        Checks.that(
                size <= limits.recordBytesMax(),
                "a record of " + size + " bytes for " + record.topic() + " is larger than max.request.size="
                        + limits.recordBytesMax());
        Checks.that(
                bytes + size <= limits.bytesMax(),
                "the output of one record exceeds inFlightBytesMax=" + limits.bytesMax());
        bytes += size;
        records.add(record);
    }

    void end() {
        ended = true;
    }

    List<ProducerRecord<byte[], byte[]>> records() {
        return records;
    }
}
