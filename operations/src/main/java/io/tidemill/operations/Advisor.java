package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.log.Log;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Says how large a pipeline's watermark bound should be, from what its source topic holds. The pipeline need not ever have
 * run. Its functions are run over the records, twice; nothing is written. Memory is bounded.
 */
public final class Advisor {
    /*
     * The first look measures how late elements are, by partition, and so finds the bounds that are worth a try. The second
     * tries them all at once: which records are late depends on the order in each partition alone, so it is exact. What
     * state is open depends also on how partitions are read beside each other; they are merged by when records came,
     * as a pipeline that kept up would have seen them.
     *
     * The rule is to take twice the 99th percentile: what is rare is seen rarely, and the next month is not the last one.
     */
    private final Log log;
    private final Parts parts;
    private final WindowAssigner windows;
    private @Nullable LatenessSketch live;

    private Advisor(Log log, Parts parts, Operator.Windowed windowed) {
        this.log = log;
        this.parts = parts;
        this.windows = WindowAssigner.of(windowed);
    }

    /**
     * Throws {@link AdviceException} where nothing can be late: without windows, a bound decides nothing; and where there is
     * more than one to advise.
     */
    public static Advisor of(Log log, Pipeline pipeline) {
        List<Advisor> all = each(log, pipeline);
        if (all.size() > 1) {
            throw new AdviceException("there is more than one advice for pipeline '" + pipeline.name()
                    + "': its sources, and what their elements are late for, are " + all.size() + " pairs");
        }
        return all.get(0);
    }

    /**
     * One for each source and operator that its elements can be late for, without passing another that keeps state. (What comes of
     * another is never late.) Throws {@link AdviceException} where there is none.
     */
    public static List<Advisor> each(Log log, Pipeline pipeline) {
        List<Parts> branches =
                Parts.whyNoLine(pipeline) == null ? List.of(Parts.of(pipeline)) : Branches.withLateness(pipeline);
        List<Advisor> all = new ArrayList<>();
        for (Parts parts : branches) {
            Operator.Windowed windowed = parts.windowed();
            if (parts.eventTime() != null && windowed != null) {
                all.add(new Advisor(log, parts, windowed));
            }
        }
        if (all.isEmpty()) {
            throw new AdviceException("pipeline '" + pipeline.name()
                    + "' has no windows, so nothing can be late for one: a watermark's bound would change nothing");
        }
        return all;
    }

    /** The topic whose bound it is. */
    public String topic() {
        return parts.sourceTopic();
    }

    /** Adds what the pipeline has seen while it ran, by partition or together: it is told beside history. */
    public Advisor live(Collection<LatenessSketch> sketches) {
        LatenessSketch all = new LatenessSketch(LatenessSketch.DIGITS_LIVE);
        sketches.forEach(all::merge);
        live = all.count() == 0 ? null : all;
        return this;
    }

    /** Throws {@link AdviceException} where there is no history to draw advice from. */
    public Advice advise(AdviceRequest request, Audit.Progress progress) {
        History history = History.of(log, parts.sourceTopic(), request);
        Meter meter = new Meter(progress);
        meter.expect(history.offsets() * 2);
        Observation seen = new Observation(parts, windows, history.partitions());
        history.forEach(meter, seen);
        LatenessSketch total = seen.total();
        if (total.count() == 0) {
            throw new AdviceException("there is nothing to draw advice from: of " + seen.records + " records in topic '"
                    + parts.sourceTopic() + "' " + seen.filtered + " are filtered and " + seen.deadLettered
                    + " would be dead letters. Load some first");
        }
        Candidates candidates = new Candidates(inForce(), total, request.bounds());
        Trials trials = new Trials(parts, windows, history.partitions(), candidates.bounds());
        history.forEach(meter, trials);
        meter.finish();
        return advice(history, seen, total, candidates, trials);
    }

    private Duration inForce() {
        return Duration.ofMillis(parts.watermarkBound());
    }

    private Advice advice(
            History history, Observation seen, LatenessSketch total, Candidates candidates, Trials trials) {
        List<Advice.Candidate> tried = new ArrayList<>();
        for (Duration bound : candidates.bounds()) {
            tried.add(trials.candidate(tried.size(), candidates.why(bound)));
        }
        SortedMap<TopicPartition, Advice.Lateness> partitions = new TreeMap<>();
        for (int i = 0; i < history.partitions(); i++) {
            if (seen.of(i).count() > 0) {
                partitions.put(history.partition(i), lateness(seen.of(i)));
            }
        }
        Advice.Lateness lateness = lateness(total);
        return new Advice(
                parts.name(),
                parts.sourceTopic(),
                windowing(),
                operator(),
                Duration.ofMillis(parts.latenessMillis()),
                inForce(),
                candidates.recommended(),
                history(history, seen, total),
                lateness,
                partitions,
                tried,
                Conclusion.of(
                        find(tried, inForce()),
                        find(tried, candidates.recommended()),
                        find(tried, candidates.smallest()),
                        lateness.p99()),
                AdviceWarnings.of(seen, total, partitions, candidates.recommended(), live, trials.isScaled()),
                live == null ? null : live(live, candidates.recommended()));
    }

    private String operator() {
        Operator.Aggregated aggregated = parts.aggregated();
        return aggregated == null ? "" : aggregated.name();
    }

    private String windowing() {
        Operator.Windowed windowed = parts.windowed();
        if (windowed == null) {
            return "";
        } else if (!parts.isGraph()) {
            return Wording.of(windowed.windowing());
        }
        Operator operator = parts.pipeline().operators().get(parts.end());
        boolean hasWindows = operator instanceof Operator.Aggregated || operator instanceof Operator.Joined;
        return hasWindows
                ? Wording.of(windowed.windowing()) + " of '" + operator.name() + "'"
                : "turns in '" + operator.name() + "'";
    }

    private Advice.Live live(LatenessSketch seen, Duration recommended) {
        return new Advice.Live(lateness(seen), seen.lateShare(inForce()), seen.lateShare(recommended));
    }

    private static Advice.Candidate find(List<Advice.Candidate> tried, Duration bound) {
        return tried.stream()
                .filter(each -> each.bound().equals(bound))
                .findFirst()
                .orElseThrow();
    }

    private static Advice.History history(History history, Observation seen, LatenessSketch total) {
        return new Advice.History(
                seen.records,
                seen.filtered,
                seen.deadLettered,
                total.count(),
                Instant.ofEpochMilli(seen.earliestMillis),
                Instant.ofEpochMilli(seen.newestMillis),
                history.isPart());
    }

    private static Advice.Lateness lateness(LatenessSketch sketch) {
        return new Advice.Lateness(
                sketch.count(),
                RoundDurations.readable(sketch.behindMillis(50)),
                RoundDurations.readable(sketch.behindMillis(90)),
                RoundDurations.readable(sketch.behindMillis(95)),
                RoundDurations.readable(sketch.behindMillis(99)),
                RoundDurations.readable(sketch.behindMillis(99.9)),
                RoundDurations.readable(sketch.behindMillisMax()));
    }
}
