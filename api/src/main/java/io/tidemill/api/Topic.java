package io.tidemill.api;

import java.io.Serializable;
import java.util.regex.Pattern;

/** A topic's name and the codec of its values. */
public record Topic<T>(String name, Codec<T> codec) implements Serializable {
    private static final Pattern LEGAL = Pattern.compile("[a-zA-Z0-9._-]+");

    /** The longest name, so that derived names and file names stay within the limits of the Kafka protocol. */
    public static final int NAME_LENGTH_MAX = 249;

    public Topic {
        requireLegalName(name);
    }

    public static <T> Topic<T> of(String name, Codec<T> codec) {
        return new Topic<>(name, codec);
    }

    /**
     * Throws {@link IllegalArgumentException} unless {@code name} is legal in the Kafka protocol: letters, digits,
     * {@code . _ -}, at most 249 of them, and neither {@code .} nor {@code ..}.
     */
    public static void requireLegalName(String name) {
        if (name.isEmpty()
                || name.length() > NAME_LENGTH_MAX
                || name.equals(".")
                || name.equals("..")
                || !LEGAL.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + (name.length() > 300 ? name.substring(0, 300) + "…" : name)
                    + "' is no topic name: use 1 to " + NAME_LENGTH_MAX + " of letters, digits, '.', '_' and '-'");
        }
    }
}
