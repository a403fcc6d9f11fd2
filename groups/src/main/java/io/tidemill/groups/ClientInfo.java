package io.tidemill.groups;

/**
 * Who sends a request.
 *
 * @param clientId empty where the client gave none
 * @param host as Kafka writes it, for example {@code /127.0.0.1}
 * @param softwareName empty where unknown
 * @param softwareVersion empty where unknown
 * @param connectionId the connection that the request came by; unique while the process lives
 */
public record ClientInfo(
        String clientId, String host, String softwareName, String softwareVersion, String connectionId) {}
