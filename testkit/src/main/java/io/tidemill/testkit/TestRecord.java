package io.tidemill.testkit;

import io.tidemill.api.Header;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record for a {@link PipelineTestDriver}, bytes as they are. Immutable; arrays and lists are not copied.
 *
 * @param value null makes it a tombstone
 * @param timestamp null for the clock's time
 * @param partition null for the one that the key's hash decides, or, without a key, the next in turn
 */
public record TestRecord(
        byte @Nullable [] key,
        byte @Nullable [] value,
        List<Header> headers,
        @Nullable Instant timestamp,
        @Nullable Integer partition) {
    public static TestRecord of(byte @Nullable [] key, byte @Nullable [] value) {
        return new TestRecord(key, value, List.of(), null, null);
    }

    /** Key and value as UTF-8. */
    public static TestRecord of(@Nullable String key, @Nullable String value) {
        return of(
                key == null ? null : key.getBytes(StandardCharsets.UTF_8),
                value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }

    public TestRecord timestamp(Instant time) {
        return new TestRecord(key, value, headers, time, partition);
    }

    public TestRecord partition(int number) {
        return new TestRecord(key, value, headers, timestamp, number);
    }

    public TestRecord headers(List<Header> all) {
        return new TestRecord(key, value, all, timestamp, partition);
    }

    /** With one more header. */
    public TestRecord header(String name, byte[] content) {
        List<Header> more = new ArrayList<>(headers);
        more.add(new Header(name, content));
        return headers(more);
    }
}
