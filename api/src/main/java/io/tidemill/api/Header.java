package io.tidemill.api;

import java.nio.charset.StandardCharsets;

/** A record header: a name and bytes, which are not copied. */
public record Header(String name, byte[] value) {
    public static Header text(String name, String value) {
        return new Header(name, value.getBytes(StandardCharsets.UTF_8));
    }

    public String text() {
        return new String(value, StandardCharsets.UTF_8);
    }
}
