package io.tidemill.log;

import java.util.UUID;

/** A topic as it is now. */
public record TopicDescription(String name, UUID id, TopicConfig config) {}
