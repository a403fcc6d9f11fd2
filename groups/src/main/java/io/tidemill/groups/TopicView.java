package io.tidemill.groups;

import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/** The topics as they are now. Called on the coordinator's thread; must not block. */
public interface TopicView {
    /** A topic that exists. */
    record TopicInfo(String name, UUID id, int partitions) {}

    Optional<TopicInfo> topic(String name);

    Optional<TopicInfo> topic(UUID id);

    /** The names that a subscription by regular expression may match. */
    Collection<String> names();
}
