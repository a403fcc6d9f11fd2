package io.tidemill.groups;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Finds the topics that subscriptions by regular expression stand for. */
final class TopicPatterns {
    /*
     * java.util.regex may take exponential time for some expressions. Hence three bounds: on the expression's length, on
     * the characters looked at per name, and that it sees topic names only, which are short.
     */
    private static final int EXPRESSION_CHARS_MAX = 256;
    private static final int LOOKS_PER_NAME_MAX = 20_000;
    private static final int CACHED_MAX = 10_000;

    private final TopicView topics;
    private final Map<String, Set<String>> cache = new HashMap<>();

    TopicPatterns(TopicView topics) {
        this.topics = topics;
    }

    /** Null if it is no valid expression, or one that takes too long. */
    @Nullable
    Set<String> resolve(String expression) {
        Set<String> known = cache.get(expression);
        if (known != null) {
            return known;
        }
        Set<String> names = match(expression);
        if (names != null && cache.size() < CACHED_MAX) {
            cache.put(expression, names);
        }
        return names;
    }

    private @Nullable Set<String> match(String expression) {
        if (expression.length() > EXPRESSION_CHARS_MAX) {
            return null;
        }
        try {
            Pattern pattern = Pattern.compile(expression);
            Set<String> names = new TreeSet<>();
            for (String name : topics.names()) {
                if (pattern.matcher(new Counted(name)).matches()) {
                    names.add(name);
                }
            }
            return names;
        } catch (PatternSyntaxException | TooManyLooks | StackOverflowError e) {
            return null;
        }
    }

    void clear() {
        cache.clear();
    }

    /** A name that may be looked at only so often. */
    private static final class Counted implements CharSequence {
        private final String name;
        private int looks;

        private Counted(String name) {
            this.name = name;
        }

        @Override
        public char charAt(int index) {
            if (++looks > LOOKS_PER_NAME_MAX) {
                throw new TooManyLooks();
            }
            return name.charAt(index);
        }

        @Override
        public int length() {
            return name.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return name.substring(start, end);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final class TooManyLooks extends RuntimeException {
        private static final long serialVersionUID = 1;

        private TooManyLooks() {
            super("an expression takes too long", null, false, false);
        }
    }
}
