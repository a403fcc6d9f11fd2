package io.tidemill.groups;

import io.tidemill.log.TopicPartition;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the embedded consumer protocol of classic members. Called on the coordinator's thread; must not throw. */
public interface SubscriptionDecoder {
    /** What a member's metadata say. */
    record Subscription(Set<String> topics, List<TopicPartition> ownedPartitions) {}

    /** Knows nothing. */
    SubscriptionDecoder NONE = new SubscriptionDecoder() {
        @Override
        public Optional<Subscription> subscription(byte[] metadata) {
            return Optional.empty();
        }

        @Override
        public Optional<List<TopicPartition>> assignment(byte[] bytes) {
            return Optional.empty();
        }
    };

    /** Empty if the bytes are not of the consumer protocol. */
    Optional<Subscription> subscription(byte[] metadata);

    /** Empty if the bytes are not of the consumer protocol; no bytes are no partitions. */
    Optional<List<TopicPartition>> assignment(byte[] bytes);
}
