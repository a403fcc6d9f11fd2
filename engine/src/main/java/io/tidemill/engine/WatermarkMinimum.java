package io.tidemill.engine;

/** The minimum of watermarks over those that are not idle; the maximum if all are; the greatest time if there are none. */
final class WatermarkMinimum {
    private long least = Long.MAX_VALUE;
    private long greatest = Long.MIN_VALUE;
    private boolean hasActive;
    private boolean hasAny;

    void add(long watermark, boolean idle) {
        hasAny = true;
        greatest = Math.max(greatest, watermark);
        if (!idle) {
            hasActive = true;
            least = Math.min(least, watermark);
        }
    }

    long get() {
        return hasActive || !hasAny ? least : greatest;
    }
}
