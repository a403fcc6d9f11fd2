package io.tidemill.consumer;

import java.time.Duration;

final class Checks {
    private Checks() {}

    static void that(boolean holds, String mistake) {
        if (!holds) {
            throw new IllegalArgumentException(mistake);
        }
    }

    static void positive(long number, String what) {
        that(number > 0, what + " must be positive, not " + number);
    }

    static void positive(Duration time, String what) {
        that(!time.isNegative() && !time.isZero(), what + " must be positive, not " + time);
    }

    static void notNegative(Duration time, String what) {
        that(!time.isNegative(), what + " must not be negative: " + time);
    }
}
