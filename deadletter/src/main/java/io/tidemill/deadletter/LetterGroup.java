package io.tidemill.deadletter;

import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.log.OffsetRange;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What is known of a group of letters. Immutable.
 *
 * @param failureClass of its newest letter, as are {@code rule}, {@code reason}, {@code operator} and the error's type and message
 * @param count of letters that are still there or were when they were indexed, replays that failed again included
 * @param comebacks how many of them are replays that failed again
 * @param first when a letter of it first failed
 * @param last when a letter of it last failed
 * @param sourceTopics letters by the topic that their records were first read from
 * @param codeVersions letters by the version of the user's code; at most the 20 newest versions
 * @param samples places of letters: the oldest, the newest, and some between; at most 20
 * @param ranges by partition of the topic of dead letters: from its first letter to behind its last
 * @param hourly letters by hour, as hours since the epoch; at most the newest 48 in which there were any
 */
public record LetterGroup(
        GroupId id,
        DeadLetter.Reader reader,
        FailureClass failureClass,
        String rule,
        String reason,
        String operator,
        String errorType,
        String errorMessage,
        long count,
        long comebacks,
        Instant first,
        Instant last,
        SortedMap<String, Long> sourceTopics,
        Map<String, Long> codeVersions,
        List<Place> samples,
        SortedMap<Integer, OffsetRange> ranges,
        SortedMap<Long, Long> hourly) {
    /** Of a letter in the group's topic. */
    public record Place(int partition, long offset) {}
}
