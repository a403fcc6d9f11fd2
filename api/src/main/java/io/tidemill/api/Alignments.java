package io.tidemill.api;

import java.time.Duration;

/** Words for alignments. */
final class Alignments {
    private Alignments() {}

    /**
     * Empty for the epoch. Offsets that make the same windows get the same words.
     *
     * @param periodMillis after which windows repeat
     */
    static String describe(Alignment alignment, long periodMillis) {
        String place = "";
        long repeatMillis = periodMillis;
        if (alignment instanceof Alignment.Zone zone) {
            place = " in " + zone.zone().getId();
            repeatMillis = Math.max(periodMillis, Durations.DAY_MILLIS);
        }
        long offsetMillis = Math.floorMod(alignment.offset().toMillis(), repeatMillis);
        return place + (offsetMillis == 0 ? "" : " offset by " + Duration.ofMillis(offsetMillis));
    }
}
