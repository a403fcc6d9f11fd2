package io.tidemill.groups;

import io.tidemill.log.TopicPartition;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the members that a connection or a client's activity belongs to. */
final class Watches {
    /** Fetch connections that are remembered; more are looked up each time. */
    private static final int BINDINGS_MAX = 100_000;

    private final Map<String, Set<MemberWatch>> byClient = new HashMap<>();
    private final Map<String, Set<MemberWatch>> byConnection = new HashMap<>();
    private final Map<String, MemberWatch> fetchers = new HashMap<>();

    MemberWatch add(MemberWatch watch) {
        byClient.computeIfAbsent(watch.client().clientId(), id -> new LinkedHashSet<>())
                .add(watch);
        link(watch);
        return watch;
    }

    private void link(MemberWatch watch) {
        if (!watch.client().connectionId().isEmpty()) {
            byConnection
                    .computeIfAbsent(watch.client().connectionId(), id -> new LinkedHashSet<>())
                    .add(watch);
        }
    }

    void remove(MemberWatch watch) {
        drop(byClient, watch.client().clientId(), watch);
        drop(byConnection, watch.client().connectionId(), watch);
        // Its fetch connections are forgotten when they close or serve another member.
    }

    private static void drop(Map<String, Set<MemberWatch>> index, String key, MemberWatch watch) {
        Set<MemberWatch> watches = index.get(key);
        if (watches != null && watches.remove(watch) && watches.isEmpty()) {
            index.remove(key);
        }
    }

    /** A request of the member came from {@code client}. */
    void seen(MemberWatch watch, ClientInfo client) {
        if (!watch.client().equals(client)) {
            remove(watch);
            watch.connected(client);
            add(watch);
        }
    }

    void activity(ClientActivity activity) {
        MemberWatch watch = find(activity);
        if (watch != null) {
            watch.fetched(activity.at());
        }
    }

    private @Nullable MemberWatch find(ClientActivity activity) {
        Set<MemberWatch> sameClient = byClient.getOrDefault(activity.clientId(), Set.of());
        MemberWatch bound = fetchers.get(activity.connectionId());
        TopicPartition partition = activity.partition();
        if (bound != null && sameClient.contains(bound) && (partition == null || bound.owns(partition))) {
            return bound;
        }
        MemberWatch found = choose(sameClient, activity, partition);
        if (found != null && (bound != null || fetchers.size() < BINDINGS_MAX)) {
            fetchers.put(activity.connectionId(), found);
        }
        return found;
    }

    /** The only one of that host; of several, the only one that owns what was fetched. */
    private static @Nullable MemberWatch choose(
            Set<MemberWatch> sameClient, ClientActivity activity, @Nullable TopicPartition partition) {
        List<MemberWatch> sameHost = sameClient.stream()
                .filter(watch -> watch.client().host().equals(activity.host()))
                .toList();
        if (sameHost.size() > 1 && partition != null) {
            sameHost = sameHost.stream().filter(watch -> watch.owns(partition)).toList();
        }
        return sameHost.size() == 1 ? sameHost.get(0) : null;
    }

    void closed(String connectionId) {
        Set<MemberWatch> watches = byConnection.remove(connectionId);
        if (watches != null) {
            watches.forEach(MemberWatch::disconnected);
        }
        fetchers.remove(connectionId);
    }
}
