package io.tidemill.groups;

/** A group in a list. */
public record GroupListing(String groupId, GroupType type, String protocolType, GroupState state) {}
