package io.tidemill.api.plan;

import io.tidemill.api.ByteSource;
import org.jspecify.annotations.Nullable;

/** An aggregate made of named others, some of which may come, go and change. */
public interface AggregateOfParts<A> {
    /** Null if {@code olderFormat} is not that of an aggregate of parts. */
    @Nullable
    PartsChange change(String olderFormat);

    /**
     * Makes an accumulator of bytes of {@code olderFormat}, part by part: what was added or reset begins empty, what was
     * lost is skipped. Throws {@link IllegalArgumentException} if a part is unreadable.
     */
    A readParts(ByteSource source, String olderFormat);
}
