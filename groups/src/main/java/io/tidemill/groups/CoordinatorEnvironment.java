package io.tidemill.groups;

import io.tidemill.log.Log;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * What a coordinator is given.
 *
 * @param memberIds makes the unique part of member ids; a random UUID as text in production
 */
public record CoordinatorEnvironment(
        Log log,
        InstantSource clock,
        Timers timers,
        TopicView topics,
        SubscriptionDecoder decoder,
        Supplier<String> memberIds) {}
