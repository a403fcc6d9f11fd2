package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.process.TimeDomain;

/**
 * A timer that has been set. Its accumulator says what had set it: so its results have an identity that is the same whenever
 * it is set by the same.
 */
final class TimerEntry extends Entry {
    /** The origin of the first row in the chain that led to it, and the time when it was set. */
    final byte[] root;

    final long setAtMillis;

    /** Set by a timer while the pipeline was run to its end: it waits for time to come. */
    final boolean isBeyondEnd;

    TimerEntry(
            byte[] userKey,
            int hash,
            TimeDomain domain,
            long timeMillis,
            byte[] root,
            long setAtMillis,
            boolean isBeyondEnd) {
        super(
                StateFormat.TIMER,
                RowKeys.of(userKey, new byte[] {code(domain)}),
                hash,
                RowKeys.at(timeMillis),
                bytes(root, setAtMillis, isBeyondEnd));
        this.root = root;
        this.setAtMillis = setAtMillis;
        this.isBeyondEnd = isBeyondEnd;
    }

    static TimerEntry read(byte[] userKey, int hash, TimeDomain domain, long timeMillis, byte[] bytes) {
        ByteSource source = new ByteSource(bytes);
        boolean isBeyondEnd = source.readByte() != 0;
        long setAt = source.readVarlong();
        return new TimerEntry(
                userKey, hash, domain, timeMillis, source.readBytes(source.remaining()), setAt, isBeyondEnd);
    }

    private static byte[] bytes(byte[] root, long setAtMillis, boolean isBeyondEnd) {
        ByteSink sink = new ByteSink(root.length + 11);
        sink.write(isBeyondEnd ? 1 : 0);
        sink.writeVarlong(setAtMillis);
        sink.write(root);
        return sink.toByteArray();
    }

    /** What stands for a domain in the state and in the identity of results. */
    static byte code(TimeDomain domain) {
        return (byte) (domain == TimeDomain.EVENT_TIME ? 0 : 1);
    }

    static TimeDomain domain(byte code) {
        return code == 0 ? TimeDomain.EVENT_TIME : TimeDomain.PROCESSING_TIME;
    }

    TimeDomain domain() {
        return domain(key[key.length - 1]);
    }

    long timeMillis() {
        return window.startMillis();
    }
}
