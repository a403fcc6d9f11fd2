package io.tidemill.doctor;

import io.tidemill.groups.GroupType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the doctor says of a group.
 *
 * @param pace null if there was no rebalance
 * @param findings the gravest first, then the most frequent
 * @param ruledOut causes that were looked for, with what was seen of them
 * @param timeline the last {@link #TIMELINE_MAX}, oldest first
 * @param notes what the reader should know of how it was found, a sentence each
 */
public record Diagnosis(
        String group,
        Observations.Source source,
        Instant from,
        Instant to,
        int rebalances,
        @Nullable Pace pace,
        List<Finding> findings,
        List<RuledOut> ruledOut,
        List<Moment> timeline,
        List<Offender> offenders,
        List<String> notes) {
    /** Rebalances that the timeline lists. */
    public static final int TIMELINE_MAX = 200;

    /**
     * How often, how long.
     *
     * @param every the mean time between two; null if there was one only
     * @param lostShare of the window in which a rebalance went on, 0 to 1
     * @param stopsAll whether all members stop for it; if not, {@code lostShare} is the most that may be lost
     */
    public record Pace(@Nullable Duration every, Duration medianPause, double lostShare, boolean stopsAll) {}

    /** @param seen how often something like it was seen, in words */
    public record RuledOut(Cause cause, String seen) {}

    /** @param who null where no client is behind it */
    public record Moment(
            Instant at,
            GroupType type,
            int generationBefore,
            int generationAfter,
            Duration duration,
            Cause cause,
            Severity severity,
            @Nullable String who) {}

    /** Whether there is no {@linkplain Severity#PROBLEM problem}; notices are no problems. */
    public boolean isHealthy() {
        return findings.stream().noneMatch(each -> each.severity() == Severity.PROBLEM);
    }

    /**
     * The diagnosis as text. No line has control characters.
     *
     * @param columnsMax the longest line; no less than 40
     */
    public List<String> lines(int columnsMax) {
        return new DiagnosisText(this, columnsMax).lines();
    }

    /** The diagnosis as one JSON object. Times are ISO 8601, durations milliseconds. */
    public String toJson() {
        return DiagnosisJson.write(this);
    }
}
