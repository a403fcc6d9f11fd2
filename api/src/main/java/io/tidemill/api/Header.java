package io.tidemill.api;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A record header: a name and bytes, which are not copied.
 *
 * @param value null where the producer gave none
 */
public record Header(String name, byte @Nullable [] value) {
    public static Header text(String name, String value) {
        return new Header(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** As UTF-8; empty where there is no value. */
    public String text() {
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }
}
