package io.tidemill.doctor;

import java.util.Locale;

/** How sure a finding is. */
public enum Confidence {
    LOW,
    MEDIUM,
    HIGH;

    static Confidence of(double score) {
        if (score >= 0.8) {
            return HIGH;
        }
        return score >= 0.55 ? MEDIUM : LOW;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
