package io.tidemill.kafka;

/**
 * What a server has done since it was started.
 *
 * @param connections open now
 * @param connectionsAccepted all that were ever accepted
 * @param connectionsRefused closed at once because there were too many
 * @param connectionsStalled closed because they made no progress
 * @param requests all that were read
 * @param requestsMalformed that could not be read, or are not served; each closed its connection
 * @param requestsFailed answered with UNKNOWN_SERVER_ERROR
 * @param produceBytes of record batches that were taken
 * @param fetchBytes of record batches that were handed out
 * @param responseMemoryBytes that answers take now
 */
public record KafkaServerStatistics(
        int connections,
        long connectionsAccepted,
        long connectionsRefused,
        long connectionsStalled,
        long requests,
        long requestsMalformed,
        long requestsFailed,
        long produceBytes,
        long fetchBytes,
        long responseMemoryBytes) {}
