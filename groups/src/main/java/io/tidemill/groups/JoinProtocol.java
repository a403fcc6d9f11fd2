package io.tidemill.groups;

/** An assignor that a classic member supports, and what it tells the leader in that case. */
public record JoinProtocol(String name, byte[] metadata) {}
