package io.tidemill.kafka;

import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.TopicDescription;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The topics as they are, without asking the log each time. Thread-safe. */
final class TopicCache {
    private final EmbeddedLog log;
    private final AtomicBoolean stale = new AtomicBoolean(true);
    private volatile Topics known = new Topics(new TreeMap<>(), Map.of());

    private record Topics(TreeMap<String, TopicDescription> byName, Map<UUID, TopicDescription> byId) {}

    TopicCache(EmbeddedLog log) {
        this.log = log;
    }

    /** Topics came, went or were altered. */
    void changed() {
        stale.set(true);
    }

    @Nullable
    TopicDescription byName(String name) {
        return current().byName().get(name);
    }

    @Nullable
    TopicDescription byId(UUID id) {
        return current().byId().get(id);
    }

    /** By name. */
    Collection<TopicDescription> all() {
        return current().byName().values();
    }

    Collection<String> names() {
        return current().byName().keySet();
    }

    boolean has(String topic, int partition) {
        TopicDescription description = byName(topic);
        return description != null
                && partition >= 0
                && partition < description.config().partitions();
    }

    private Topics current() {
        if (!stale.get()) {
            return known;
        }
        return refreshed();
    }

    private synchronized Topics refreshed() {
        while (stale.compareAndSet(true, false)) {
            TreeMap<String, TopicDescription> byName = new TreeMap<>();
            Map<UUID, TopicDescription> byId = new HashMap<>();
            for (TopicDescription topic : log.topics()) {
                byName.put(topic.name(), topic);
                byId.put(topic.id(), topic);
            }
            known = new Topics(byName, byId);
        }
        return known;
    }
}
