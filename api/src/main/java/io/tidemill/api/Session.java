package io.tidemill.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Windows around what belongs together: the elements of a key with pauses of at most a gap between them.
 *
 * <ul>
 *   <li>The on-time elements of a key, in the order of their times, are chained while the pause to the next is at most the gap; a
 *       pause of exactly the gap keeps a session together.
 *   <li>With a maximum duration a chain is cut from its first element on: a session holds the chain's elements from
 *       {@code first} until before {@code first + maxDuration}, and the next session begins with the first element behind it.
 *   <li>A session's window is from its first element to one millisecond after its last one, so it is never longer than the
 *       maximum.
 *   <li>An element is late when its time is before the watermark of its own partition, as it was just before it, less the
 *       allowed lateness. The window that it missed is told as its own millisecond.
 *   <li>A session is final when the watermark is beyond its last element plus the gap or, with a maximum, when it is at or
 *       beyond its first element plus the maximum.
 * </ul>
 *
 * So sessions depend on which elements are on time, and not on the order in which those come.
 *
 * @param gap 1 ms to 36,500 days, in whole milliseconds
 * @param maxDuration the same; null if sessions may last for as long as elements come
 */
public record Session(Duration gap, @Nullable Duration maxDuration) implements Windowing {
    public Session {
        Durations.requireSpan("the gap of a session", gap);
        if (maxDuration != null) {
            Durations.requireSpan("the maximum duration of a session", maxDuration);
        }
    }

    public static Session withGap(Duration gap) {
        return new Session(gap, null);
    }

    /** Sessions that are never longer, not by a millisecond; what goes on begins the next one. */
    public Session maxDuration(Duration max) {
        return new Session(gap, max);
    }

    @Override
    public String describe() {
        return "sessions with a gap of " + gap + (maxDuration == null ? "" : " and at most " + maxDuration);
    }
}
