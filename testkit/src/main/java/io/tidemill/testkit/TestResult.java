package io.tidemill.testkit;

import io.tidemill.api.Codec;
import io.tidemill.api.Pane;
import io.tidemill.api.Window;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record of a results topic. Equal to another by all its parts, the payload byte for byte.
 *
 * @param key the key as text, by the codec of {@code keyBy}; bytes in hexadecimal. Null where the record has none
 * @param window null where there are no windows
 * @param pane which answer to its key and window it is
 */
public record TestResult(
        @Nullable String key, @Nullable Window window, int revision, Pane pane, byte[] payload) {
    /** A result that is final or, from revision 1 on, an update. */
    public static TestResult of(@Nullable String key, @Nullable Window window, int revision, String text) {
        return new TestResult(
                key,
                window,
                revision,
                revision == 0 ? Pane.FINAL : Pane.UPDATE,
                text.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether late records were folded into it. */
    public boolean correction() {
        return pane == Pane.CORRECTION;
    }

    /** The payload as UTF-8. */
    public String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    /** The payload decoded; throws {@link IllegalArgumentException} if it is something else. */
    public <V> V value(Codec<V> codec) {
        try {
            return codec.decode(payload, 0, payload.length);
        } catch (Exception e) {
            throw new IllegalArgumentException("not " + codec.format() + ": " + text(), e);
        }
    }

    @Override
    public boolean equals(@Nullable Object object) {
        return object instanceof TestResult other
                && Objects.equals(key, other.key)
                && Objects.equals(window, other.window)
                && revision == other.revision
                && pane == other.pane
                && Arrays.equals(payload, other.payload);
    }

    @Override
    public int hashCode() {
        return Objects.hash(key, window, revision, pane, Arrays.hashCode(payload));
    }

    @Override
    public String toString() {
        String when = window == null ? "" : " " + window + " #" + revision + " " + pane;
        return "[" + key + when + " = " + text() + "]";
    }
}
