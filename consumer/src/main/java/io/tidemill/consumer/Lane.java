package io.tidemill.consumer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Records that must be handled one after the other. A lane that exists is held by exactly one: a worker, the queue for
 * workers, or a timer that waits for a retry. Guarded by its {@link Flight}.
 */
final class Lane {
    /**
     * What its records have in common.
     *
     * @param of the key's bytes, the record itself if it is to have a lane of its own, or nothing for the partition's lane
     */
    record Key(TopicPartition partition, @Nullable Object of) {
        static Key of(Task task, Ordering ordering) {
            return new Key(
                    task.partition(),
                    switch (ordering) {
                        case BY_PARTITION -> null;
                        case UNORDERED -> task;
                        case BY_KEY -> keyBytes(task);
                    });
        }

        private static Object keyBytes(Task task) {
            byte[] key = task.raw().key();
            return key == null ? task : ByteBuffer.wrap(key);
        }
    }

    final Key key;
    final ArrayDeque<Task> queue = new ArrayDeque<>(2);

    Lane(Key key) {
        this.key = key;
    }
}
