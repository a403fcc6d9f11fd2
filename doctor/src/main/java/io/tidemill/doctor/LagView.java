package io.tidemill.doctor;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** How far a group is behind. */
public record LagView(List<PartitionLag> partitions) {
    /** Nothing is known. */
    public static final LagView UNKNOWN = new LagView(List.of());

    /** @param records between the committed offset and the end */
    public record PartitionLag(String topic, int partition, long records) {
        String name() {
            return topic + "-" + partition;
        }
    }

    long records() {
        return partitions.stream()
                .mapToLong(each -> Math.max(0, each.records()))
                .sum();
    }

    Optional<PartitionLag> largest() {
        return partitions.stream().max(Comparator.comparingLong(PartitionLag::records));
    }
}
