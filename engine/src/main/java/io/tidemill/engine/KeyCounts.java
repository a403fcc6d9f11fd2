package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.process.TimeDomain;

/** How much of a key waits, where not all of that is in memory. Belongs to one lane. */
final class KeyCounts {
    private int rows;
    private int eventTimers;

    /** Of the timers in event time those that wait for time to come after an end. */
    private int beyondEnd;

    private int processingTimers;
    boolean isChanged;

    static KeyCounts read(byte[] value) {
        ByteSource source = new ByteSource(value);
        KeyCounts counts = new KeyCounts();
        counts.rows = source.readVarint();
        counts.eventTimers = source.readVarint();
        counts.beyondEnd = source.readVarint();
        counts.processingTimers = source.readVarint();
        return counts;
    }

    void write(ByteSink sink) {
        sink.writeVarint(rows);
        sink.writeVarint(eventTimers);
        sink.writeVarint(beyondEnd);
        sink.writeVarint(processingTimers);
    }

    void add(KeyCounts other) {
        rows += other.rows;
        eventTimers += other.eventTimers;
        beyondEnd += other.beyondEnd;
        processingTimers += other.processingTimers;
        isChanged = true;
    }

    void addRows(int by) {
        rows += by;
        isChanged = true;
    }

    void addTimer(TimerEntry timer, int by) {
        if (timer.domain() == TimeDomain.EVENT_TIME) {
            eventTimers += by;
            beyondEnd += timer.isBeyondEnd ? by : 0;
        } else {
            processingTimers += by;
        }
        isChanged = true;
    }

    int rows() {
        return rows;
    }

    int timers() {
        return eventTimers + processingTimers;
    }

    /** Whether timers wait, and nothing but such as wait for time to come. */
    boolean isBeyondEnd() {
        return rows == 0 && eventTimers > 0 && beyondEnd == eventTimers;
    }

    boolean isNothing() {
        return rows == 0 && eventTimers == 0 && processingTimers == 0;
    }
}
