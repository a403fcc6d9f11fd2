package io.tidemill.groups;

import org.jspecify.annotations.Nullable;

/**
 * What a record in the topic of groups is about.
 *
 * @param memberId null for the group itself
 */
record RecordKey(String groupId, @Nullable String memberId) {}
