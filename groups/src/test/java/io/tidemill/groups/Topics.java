package io.tidemill.groups;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** The topics of a test. */
final class Topics implements TopicView {
    private final Map<String, TopicInfo> topics = new TreeMap<>();

    Topics with(String name, int partitions) {
        UUID id = topics.containsKey(name)
                ? topics.get(name).id()
                : UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
        topics.put(name, new TopicInfo(name, id, partitions));
        return this;
    }

    void remove(String name) {
        topics.remove(name);
    }

    UUID id(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Optional<TopicInfo> topic(String name) {
        return Optional.ofNullable(topics.get(name));
    }

    @Override
    public Optional<TopicInfo> topic(UUID id) {
        return topics.values().stream().filter(topic -> topic.id().equals(id)).findFirst();
    }

    @Override
    public Collection<String> names() {
        return topics.keySet();
    }
}
