package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import org.jspecify.annotations.Nullable;

/** A value in a state of one key. Its accumulator is its bytes, behind the time when it was written where that matters. */
final class StateEntry extends Entry {
    static final long NEVER = Long.MIN_VALUE;

    /** In place of the time when it was written: it does not expire as it is. */
    static final long FOREVER = Long.MAX_VALUE / 4;

    static final long NOT_QUEUED = Long.MAX_VALUE;

    final int slot;
    final byte[] part;

    /** Null where it is not there, or not any more. */
    byte @Nullable [] value;

    /** When it was last written, by the clock of the state's time to live; {@link #NEVER} where it has none. */
    long writtenAt = NEVER;

    /** For when it is in the queue of what expires; {@link #NOT_QUEUED} if it is not. */
    long expiryQueuedAt = NOT_QUEUED;

    /** When it was written as the store's order of that has it; {@link #NEVER} if it does not. */
    long indexedAt = NEVER;

    /** It is among those that the call at hand has changed. */
    boolean isTouched;

    /** As they were before the call at hand. */
    byte @Nullable [] formerValue;

    long formerWrittenAt;

    StateEntry(byte[] userKey, int hash, long slotId, int slot, byte[] part) {
        super(StateFormat.STATE, RowKeys.of(userKey, part), hash, RowKeys.slot(slotId), StateFormat.NOTHING);
        this.slot = slot;
        this.part = part;
    }

    void read(byte[] bytes, boolean expires) {
        if (!expires) {
            value = bytes;
        } else {
            ByteSource source = new ByteSource(bytes);
            writtenAt = source.readVarlong();
            value = source.readBytes(source.remaining());
        }
        accumulator = bytes;
    }

    /** Takes the value over for the changelog. */
    void settle(byte[] newValue) {
        if (writtenAt == NEVER) {
            accumulator = newValue;
        } else {
            ByteSink sink = new ByteSink(newValue.length + 10);
            sink.writeVarlong(writtenAt);
            sink.write(newValue);
            accumulator = sink.toByteArray();
        }
    }
}
