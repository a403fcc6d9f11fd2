package io.tidemill.consumer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** What goes into one Kafka transaction: output, in the input's order, and offsets. */
final class TransactionBatch {
    private final int recordsMax;
    private final long bytesMax;
    private final List<ProducerRecord<byte[], byte[]>> output = new ArrayList<>();
    private final Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    private int records;
    private long bytes;

    TransactionBatch(int recordsMax, long bytesMax) {
        this.recordsMax = recordsMax;
        this.bytesMax = bytesMax;
    }

    boolean hasRoomFor(Task task) {
        return records == 0 || (records < recordsMax && bytes + task.outputBytes <= bytesMax);
    }

    void add(Task task) {
        records++;
        bytes += task.outputBytes;
        output.addAll(task.output);
    }

    void offset(TopicPartition partition, OffsetAndMetadata next) {
        offsets.put(partition, next);
    }

    /** Without records too there can be offsets to commit, beyond markers of transactions. */
    boolean isEmpty() {
        return offsets.isEmpty();
    }

    List<ProducerRecord<byte[], byte[]>> output() {
        return output;
    }

    Map<TopicPartition, OffsetAndMetadata> offsets() {
        return offsets;
    }
}
