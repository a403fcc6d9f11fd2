package io.tidemill.groups;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The assignors that there are. */
final class Assignors {
    static final String DEFAULT = "uniform";
    private static final Map<String, Assignor> BY_NAME =
            Map.of("uniform", new UniformAssignor(), "range", new RangeAssignor());

    private Assignors() {}

    static boolean known(String name) {
        return BY_NAME.containsKey(name);
    }

    static Assignor named(String name) {
        return Objects.requireNonNull(BY_NAME.get(name), name);
    }

    static List<String> names() {
        return BY_NAME.keySet().stream().sorted(Comparator.reverseOrder()).toList();
    }
}
