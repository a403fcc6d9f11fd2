package io.tidemill.engine;

import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.log.TopicPartition;
import java.util.SortedMap;

/**
 * What a pipeline has committed.
 *
 * @param positions the next offset to read, by partition of the source
 * @param closedUpToMillis windows whose end and allowed lateness are not after this have closed; {@link Long#MIN_VALUE}
 *     before the first. Of sessions: those that were final at this watermark less the allowed lateness
 * @param lateBeforeHorizon elements that were late for windows which could no longer be corrected when they came
 * @param awaitingCorrection late records that no correction has read yet
 * @param ledger the fate of what was read
 * @param lateness how late elements came, by partition of the source, where there are windows; without up to a twentieth of
 *     them, the newest
 * @param progress how far each partition of a source has come
 * @param closedUpToByOperator as {@code closedUpToMillis}, for each operator that keeps state
 */
public record PipelineStatus(
        SortedMap<TopicPartition, Long> positions,
        long closedUpToMillis,
        long lateBeforeHorizon,
        long awaitingCorrection,
        Ledger ledger,
        SortedMap<TopicPartition, LatenessSketch> lateness,
        SortedMap<TopicPartition, Progress> progress,
        SortedMap<String, Long> closedUpToByOperator) {

    /**
     * How far a partition has come.
     *
     * @param newestMillis its newest event time, or what a generator says; {@link Long#MIN_VALUE} if there is none yet
     * @param watermarkMillis {@link Long#MIN_VALUE} if there is none yet
     * @param idle whether it does not hold others up, since nothing came to it for so long
     * @param unread how many offsets there are after what has been read
     */
    public record Progress(long newestMillis, long watermarkMillis, boolean idle, long unread) {}
}
