package io.tidemill.engine;

import io.tidemill.engine.state.StateBackend;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * How an engine runs its pipelines.
 *
 * @param trigger when it takes a step
 * @param lanes how many parts of a step run side by side, 1 to 64
 * @param stepBytesMax how much of a partition one step reads, 1 KiB to 64 MiB; a larger batch is read whole
 * @param resultsPerStepMax how many results one step emits before it commits; 1 to 10,000,000
 * @param stateLogBytesMin the changelog is shortened once it is longer than this and than three times the state
 * @param stateBytesMax the budget of the state of each pipeline, in bytes as its changelog counts them (memory takes more); a
 *     step that would exceed it is not committed, and the pipeline stops. {@link #UNLIMITED} for none
 * @param stateBackend where the state of all operators is kept; in memory unless set
 * @param driftMax how far a partition may be ahead of others, in event time, whose elements come to the same operator and have to
 *     wait for each other there; one that is further is not read until they have come nearer. 1 ms to 36,500 days
 * @param codeVersion the version of the user's code, for dead letters
 * @param clock tells when a partition is idle and when a record failed
 */
public record EngineOptions(
        Trigger trigger,
        int lanes,
        int stepBytesMax,
        int resultsPerStepMax,
        long stateLogBytesMin,
        long stateBytesMax,
        StateBackend stateBackend,
        Duration driftMax,
        String codeVersion,
        InstantSource clock) {
    public static final int STEP_BYTES_MAX_DEFAULT = 4 << 20;
    public static final int RESULTS_PER_STEP_MAX_DEFAULT = 200_000;
    public static final long STATE_LOG_BYTES_MIN_DEFAULT = 16 << 20;

    /** Two topics as they come are not so far apart; one that is read again from its start and one as it comes are. */
    public static final Duration DRIFT_MAX_DEFAULT = Duration.ofDays(1);

    private static final Duration DRIFT_LIMIT = Duration.ofDays(36_500);

    /** Of {@link #stateBytesMax}. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    public EngineOptions {
        List<String> mistakes = new ArrayList<>();
        if (lanes < 1 || lanes > 64) {
            mistakes.add("lanes is 1 to 64, not " + lanes);
        }
        if (stepBytesMax < 1024 || stepBytesMax > 64 << 20) {
            mistakes.add("stepBytesMax is 1 KiB to 64 MiB, not " + stepBytesMax);
        }
        if (resultsPerStepMax < 1 || resultsPerStepMax > 10_000_000) {
            mistakes.add("resultsPerStepMax is 1 to 10,000,000, not " + resultsPerStepMax);
        }
        if (stateLogBytesMin < 0) {
            mistakes.add("stateLogBytesMin is 0 or more, not " + stateLogBytesMin);
        }
        if (stateBytesMax < 1) {
            mistakes.add("stateBytesMax is 1 or more, not " + stateBytesMax);
        }
        if (driftMax.compareTo(Duration.ofMillis(1)) < 0 || driftMax.compareTo(DRIFT_LIMIT) > 0) {
            mistakes.add("driftMax is 1 ms to 36,500 days, not " + driftMax);
        }
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
    }

    public static EngineOptions defaults() {
        return new EngineOptions(
                Trigger.continuous(),
                1,
                STEP_BYTES_MAX_DEFAULT,
                RESULTS_PER_STEP_MAX_DEFAULT,
                STATE_LOG_BYTES_MIN_DEFAULT,
                UNLIMITED,
                StateBackend.inMemory(),
                DRIFT_MAX_DEFAULT,
                "unknown",
                InstantSource.system());
    }

    public EngineOptions trigger(Trigger value) {
        return new EngineOptions(
                value,
                lanes,
                stepBytesMax,
                resultsPerStepMax,
                stateLogBytesMin,
                stateBytesMax,
                stateBackend,
                driftMax,
                codeVersion,
                clock);
    }

    public EngineOptions lanes(int value) {
        return new EngineOptions(
                trigger,
                value,
                stepBytesMax,
                resultsPerStepMax,
                stateLogBytesMin,
                stateBytesMax,
                stateBackend,
                driftMax,
                codeVersion,
                clock);
    }

    public EngineOptions stepBytesMax(int value) {
        return new EngineOptions(
                trigger,
                lanes,
                value,
                resultsPerStepMax,
                stateLogBytesMin,
                stateBytesMax,
                stateBackend,
                driftMax,
                codeVersion,
                clock);
    }

    public EngineOptions resultsPerStepMax(int value) {
        return new EngineOptions(
                trigger,
                lanes,
                stepBytesMax,
                value,
                stateLogBytesMin,
                stateBytesMax,
                stateBackend,
                driftMax,
                codeVersion,
                clock);
    }

    public EngineOptions stateLogBytesMin(long value) {
        return new EngineOptions(
                trigger,
                lanes,
                stepBytesMax,
                resultsPerStepMax,
                value,
                stateBytesMax,
                stateBackend,
                driftMax,
                codeVersion,
                clock);
    }

    public EngineOptions stateBytesMax(long value) {
        return new EngineOptions(
                trigger,
                lanes,
                stepBytesMax,
                resultsPerStepMax,
                stateLogBytesMin,
                value,
                stateBackend,
                driftMax,
                codeVersion,
                clock);
    }

    public EngineOptions stateBackend(StateBackend value) {
        return new EngineOptions(
                trigger,
                lanes,
                stepBytesMax,
                resultsPerStepMax,
                stateLogBytesMin,
                stateBytesMax,
                value,
                driftMax,
                codeVersion,
                clock);
    }

    public EngineOptions driftMax(Duration value) {
        return new EngineOptions(
                trigger,
                lanes,
                stepBytesMax,
                resultsPerStepMax,
                stateLogBytesMin,
                stateBytesMax,
                stateBackend,
                value,
                codeVersion,
                clock);
    }

    public EngineOptions codeVersion(String value) {
        return new EngineOptions(
                trigger,
                lanes,
                stepBytesMax,
                resultsPerStepMax,
                stateLogBytesMin,
                stateBytesMax,
                stateBackend,
                driftMax,
                value,
                clock);
    }

    public EngineOptions clock(InstantSource value) {
        return new EngineOptions(
                trigger,
                lanes,
                stepBytesMax,
                resultsPerStepMax,
                stateLogBytesMin,
                stateBytesMax,
                stateBackend,
                driftMax,
                codeVersion,
                value);
    }
}
