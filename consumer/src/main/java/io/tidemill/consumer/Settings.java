package io.tidemill.consumer;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What a consumer was started with; checked. */
record Settings<K, V, C>(
        ClientProperties client,
        Set<String> topics,
        Optional<Pattern> topicPattern,
        Delivery<C> delivery,
        Ordering ordering,
        Limits limits,
        Duration revokeWaitMax,
        Duration closeWaitMax,
        Optional<Duration> handlerTimeMax,
        FailureStrategy failureStrategy,
        Decoder<K, V> decoder,
        OutputHandler<K, V, C> handler,
        Environment environment) {}
