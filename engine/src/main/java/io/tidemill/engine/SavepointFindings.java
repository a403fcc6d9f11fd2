package io.tidemill.engine;

import io.tidemill.engine.savepoint.RestoreOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What is said of a savepoint under some code, a sentence each. Not thread-safe. */
final class SavepointFindings {
    final RestoreOptions options;

    /** That keep all state. */
    final List<String> changes = new ArrayList<>();

    /** Permitted, and worth knowing. */
    final List<String> warnings = new ArrayList<>();

    final List<String> refusals = new ArrayList<>();

    /** Parts and states that are given up, or would have to be. */
    private final Set<String> resetParts = new TreeSet<>();

    SavepointFindings(RestoreOptions options) {
        this.options = options;
    }

    void compareSetting(String what, @Nullable String before, @Nullable String now) {
        if (before != null && !Objects.equals(before, now)) {
            changes.add(what + " is " + (now == null ? "not set" : now) + ", and was " + before);
        }
    }

    /** All that the savepoint tells. */
    void compareSettings(String prefix, Map<String, String> before, Map<String, String> now) {
        now.forEach((key, value) -> compareSetting(prefix + key, before.get(key), value));
    }

    /** A part of an aggregate that can be kept only by putting it back. */
    void resetPart(String operator, String part, String why, String then) {
        reset(
                part,
                "'" + operator + "': part '" + part + "' " + why
                        + ": put it back, or give its state up with --reset-part " + part,
                "'" + operator + "': the state of part '" + part + "' " + then);
    }

    /** A state of a function that can be kept only by putting it back. */
    void resetState(String operator, String state, String why) {
        reset(
                state,
                "'" + operator + "': state '" + state + "' " + why + ": put it back, or give it up with --reset-part "
                        + state,
                "'" + operator + "': state '" + state + "' is given up, of all keys");
    }

    private void reset(String part, String refusal, String warning) {
        resetParts.add(part);
        if (options.resetParts().contains(part)) {
            warnings.add(warning);
        } else {
            refusals.add(refusal);
        }
    }

    /** What was permitted, but nobody needs. */
    void refuseIdleResets() {
        options.resetParts().stream()
                .filter(part -> !resetParts.contains(part))
                .forEach(part -> refusals.add("no part '" + part
                        + "' has gone or changed so that its state must be given up: leave --reset-part " + part
                        + " out"));
    }

    static String names(Iterable<String> names) {
        List<String> quoted = new ArrayList<>();
        names.forEach(name -> quoted.add("'" + name + "'"));
        return quoted.isEmpty() ? "none" : String.join(", ", quoted);
    }
}
