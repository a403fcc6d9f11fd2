package io.tidemill.groups;

import org.jspecify.annotations.Nullable;

/** A generation of a classic group; {@code state} is {@code EMPTY}, {@code COMPLETING_REBALANCE} or {@code STABLE}. */
record ClassicHeader(
        String protocolType,
        @Nullable String protocolName,
        int generation,
        @Nullable String leader,
        GroupState state) implements GroupRecord {}
