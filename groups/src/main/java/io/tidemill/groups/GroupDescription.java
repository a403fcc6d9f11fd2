package io.tidemill.groups;

/** A group as it is now. */
public sealed interface GroupDescription permits ClassicGroupDescription, ConsumerGroupDescription {
    String groupId();

    GroupState state();
}
