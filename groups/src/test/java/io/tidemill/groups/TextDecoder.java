package io.tidemill.groups;

import io.tidemill.log.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A subscription is {@code "a,b"} or {@code "a,b;a-0,a-1"} with what is owned; an assignment is {@code "a-0,a-1"}. */
final class TextDecoder implements SubscriptionDecoder {
    @Override
    public Optional<Subscription> subscription(byte[] metadata) {
        String[] parts = text(metadata).split(";", -1);
        return Optional.of(
                new Subscription(Set.copyOf(names(parts[0])), parts.length < 2 ? List.of() : partitions(parts[1])));
    }

    @Override
    public Optional<List<TopicPartition>> assignment(byte[] bytes) {
        return Optional.of(partitions(text(bytes)));
    }

    static List<TopicPartition> partitions(String text) {
        return names(text).stream()
                .map(name -> new TopicPartition(
                        name.substring(0, name.lastIndexOf('-')),
                        Integer.parseInt(name.substring(name.lastIndexOf('-') + 1))))
                .toList();
    }

    private static List<String> names(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
