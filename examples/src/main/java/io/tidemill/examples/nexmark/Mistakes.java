package io.tidemill.examples.nexmark;

import java.util.List;
import java.util.function.Supplier;

/** What is wrong with settings, told all together. An empty text is no mistake. */
final class Mistakes {
    private Mistakes() {}

    static String unless(boolean isRight, Supplier<String> mistake) {
        return isRight ? "" : mistake.get();
    }

    static String range(String what, long value, long least, long most) {
        return unless(value >= least && value <= most, () -> what + " is " + least + " to " + most + ", not " + value);
    }

    /** Throws {@link IllegalArgumentException} if there are any. */
    static void check(List<String> mistakes) {
        String told = String.join(
                "; ", mistakes.stream().filter(each -> !each.isEmpty()).toList());
        if (!told.isEmpty()) {
            throw new IllegalArgumentException(told);
        }
    }
}
