package io.tidemill.examples;

/** Draws delays by a {@link LatenessProfile}. Immutable. */
final class Delays {
    private final long orderlyMillis;
    private final long lateMillis;
    private final long veryLateMillis;
    private final long veryLateBelow;
    private final long lateBelow;

    Delays(LatenessProfile profile) {
        orderlyMillis = profile.orderly().toMillis();
        lateMillis = profile.late().toMillis();
        veryLateMillis = profile.veryLate().toMillis();
        veryLateBelow = Math.round(profile.veryLateShare() * (1L << 32));
        lateBelow = veryLateBelow + Math.round(profile.lateShare() * (1L << 32));
    }

    /** A delay in milliseconds from 64 random bits: the upper half says how late, the lower half where in that range. */
    long millis(long bits) {
        long share = bits >>> 32;
        if (share >= lateBelow) {
            return between(0, orderlyMillis, bits);
        }
        return share >= veryLateBelow
                ? between(orderlyMillis, lateMillis, bits)
                : between(lateMillis, veryLateMillis, bits);
    }

    private static long between(long from, long to, long bits) {
        return from + (((bits & 0xFFFF_FFFFL) * (to - from)) >>> 32);
    }
}
