package io.tidemill.peers.tidemill;

import io.tidemill.log.Log;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.peers.Finals;
import io.tidemill.peers.Generator;
import java.time.Duration;
import java.util.Arrays;

/** Reads the results while the pipeline runs, as the rig does from the broker. Its CPU time is in the engine's. */
final class FinalsReader {
    private static final int FETCH_BYTES = 1 << 20;
    private static final Duration WAIT = Duration.ofMillis(20);

    private final Log log;
    private final Finals finals;
    private final String topic;
    private final RecordCursor cursor = new RecordCursor();
    private final long[] positions = new long[Generator.PARTITIONS];

    FinalsReader(Log log, String topic, long events) {
        this.log = log;
        this.topic = topic;
        this.finals = new Finals(events);
    }

    /** Whether all results came in time. */
    boolean read(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (System.nanoTime() < deadline) {
            long seen = log.changes();
            long before = Arrays.stream(positions).sum();
            for (int partition = 0; partition < positions.length; partition++) {
                fetch(partition);
            }
            if (finals.areComplete(System.currentTimeMillis())) {
                return true;
            }
            if (Arrays.stream(positions).sum() == before) {
                log.awaitChange(seen, WAIT);
            }
        }
        return false;
    }

    private void fetch(int partition) {
        log.fetch(new TopicPartition(topic, partition), positions[partition], FETCH_BYTES, cursor);
        long now = System.currentTimeMillis();
        while (cursor.next()) {
            finals.add(cursor.value(), now);
        }
        positions[partition] = cursor.nextOffset();
    }

    String line() {
        return finals.line();
    }
}
