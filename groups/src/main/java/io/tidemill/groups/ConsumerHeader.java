package io.tidemill.groups;

/**
 * The epochs of a consumer group.
 *
 * @param topicsHash of the subscribed topics, their ids and partition counts
 * @param assignedAtMillis when the target assignment was made
 */
record ConsumerHeader(int groupEpoch, int assignmentEpoch, long topicsHash, long assignedAtMillis)
        implements GroupRecord {
    ConsumerHeader bumped() {
        return new ConsumerHeader(groupEpoch + 1, assignmentEpoch, topicsHash, assignedAtMillis);
    }

    ConsumerHeader topicsHash(long hash) {
        return new ConsumerHeader(groupEpoch, assignmentEpoch, hash, assignedAtMillis);
    }

    ConsumerHeader assigned(long atMillis) {
        return new ConsumerHeader(groupEpoch, groupEpoch, topicsHash, atMillis);
    }
}
