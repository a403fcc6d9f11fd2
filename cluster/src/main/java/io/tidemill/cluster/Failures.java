package io.tidemill.cluster;

import io.tidemill.log.LogException;
import io.tidemill.log.LogException.Code;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownProducerIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** What Kafka's clients throw, in the words of the log. */
final class Failures {
    private Failures() {}

    /** @param doing what was tried, as in "cannot …" */
    static LogException of(String doing, Throwable failure) {
        Throwable cause = unwrap(failure);
        if (cause instanceof LogException known) {
            return known;
        }
        if (cause instanceof InterruptException || cause instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            return new LogException(Code.UNAVAILABLE, "interrupted: cannot " + doing, cause);
        }
        if (cause instanceof InvalidTimestampException) {
            return new LogException(
                    Code.INVALID,
                    "cannot " + doing + ": " + cause.getMessage() + " Set " + TopicSettings.TIMESTAMP_AFTER_MAX + "="
                            + Long.MAX_VALUE + " for the topic",
                    cause);
        }
        String what = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new LogException(code(cause), "cannot " + doing + ": " + what, cause);
    }

    static Throwable unwrap(Throwable failure) {
        Throwable at = failure;
        while (at.getCause() != null && (at instanceof ExecutionException || !isTold(at))) {
            at = at.getCause();
        }
        return isTold(at) ? at : failure;
    }

    private static boolean isTold(Throwable failure) {
        return failure instanceof ApiException
                || failure instanceof LogException
                || failure instanceof CommitFailedException;
    }

    static boolean isFenced(Throwable failure) {
        Throwable cause = unwrap(failure);
        return cause instanceof ProducerFencedException
                || cause instanceof InvalidProducerEpochException
                || cause instanceof FencedInstanceIdException;
    }

    private static Code code(Throwable cause) {
        if (isFenced(cause) || cause instanceof CommitFailedException || cause instanceof UnknownMemberIdException) {
            return Code.CONFLICT;
        }
        if (cause instanceof UnknownTopicOrPartitionException || cause instanceof InvalidTopicException) {
            return Code.UNKNOWN_TOPIC;
        }
        if (cause instanceof TopicExistsException) {
            return Code.TOPIC_EXISTS;
        }
        if (cause instanceof RecordTooLargeException || cause instanceof RecordBatchTooLargeException) {
            return Code.RECORD_TOO_LARGE;
        }
        if (cause instanceof OffsetOutOfRangeException
                || cause instanceof org.apache.kafka.common.errors.OffsetOutOfRangeException) {
            return Code.OFFSET_OUT_OF_RANGE;
        }
        if (isRefusal(cause)) {
            return Code.INVALID;
        }
        if (cause instanceof RetriableException
                || cause instanceof TimeoutException
                || cause instanceof OutOfOrderSequenceException
                || cause instanceof UnknownProducerIdException
                || cause instanceof TransactionAbortableException) {
            return Code.UNAVAILABLE;
        }
        return Code.IO;
    }

    private static boolean isRefusal(Throwable cause) {
        return cause instanceof AuthorizationException
                || cause instanceof AuthenticationException
                || cause instanceof PolicyViolationException
                || cause instanceof InvalidConfigurationException
                || cause instanceof InvalidPartitionsException
                || cause instanceof InvalidReplicationFactorException
                || cause instanceof InvalidTxnTimeoutException;
    }
}
