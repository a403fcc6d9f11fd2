package io.tidemill.doctor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to do about a finding.
 *
 * @param change the one change to make, a sentence
 * @param alternative another that would do as well; null if there is none
 * @param cost what the change costs, a sentence
 * @param settings what {@code change} sets; empty where it sets nothing
 */
public record Remedy(String change, @Nullable String alternative, String cost, List<Setting> settings) {
    /**
     * A setting.
     *
     * @param from null where the present value is not known
     */
    public record Setting(String name, @Nullable String from, String to) {}

    static Remedy of(String change, String cost) {
        return new Remedy(change, null, cost, List.of());
    }

    Remedy or(String other) {
        return new Remedy(change, other, cost, settings);
    }

    static Remedy millis(String change, String cost, String name, long fromMillis, long toMillis) {
        String from = fromMillis > 0 ? Long.toString(fromMillis) : null;
        return new Remedy(change, null, cost, List.of(new Setting(name, from, Long.toString(toMillis))));
    }
}
