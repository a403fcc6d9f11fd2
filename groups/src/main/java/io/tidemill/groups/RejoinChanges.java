package io.tidemill.groups;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Says in words what is new. */
final class RejoinChanges {
    private RejoinChanges() {}

    /** Between what a member said before and says now; null if it is the same, or not known. */
    static @Nullable String between(
            Optional<SubscriptionDecoder.Subscription> before,
            Optional<SubscriptionDecoder.Subscription> now,
            List<String> protocolsBefore,
            List<JoinProtocol> protocolsNow) {
        List<String> names = protocolsNow.stream().map(JoinProtocol::name).toList();
        if (!names.equals(protocolsBefore)) {
            return "protocols " + protocolsBefore + " became " + names;
        }
        if (before.isEmpty() || now.isEmpty()) {
            return null;
        }
        return difference(before.get().topics(), now.get().topics());
    }

    static @Nullable String difference(Set<String> before, Set<String> now) {
        Set<String> added = new TreeSet<>(now);
        added.removeAll(before);
        Set<String> gone = new TreeSet<>(before);
        gone.removeAll(now);
        return added.isEmpty() && gone.isEmpty() ? null : "topics added " + added + ", removed " + gone;
    }

    /** Between topics as they were and as they are. */
    static String between(Map<String, TopicView.TopicInfo> before, Map<String, TopicView.TopicInfo> now) {
        List<String> changes = new ArrayList<>();
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(now.keySet());
        for (String name : names) {
            TopicView.TopicInfo old = before.get(name);
            TopicView.TopicInfo info = now.get(name);
            if (old == null) {
                changes.add(name + " appeared");
            } else if (info == null) {
                changes.add(name + " vanished");
            } else if (!old.id().equals(info.id())) {
                changes.add(name + " was made anew");
            } else if (old.partitions() != info.partitions()) {
                changes.add(name + " has " + info.partitions() + " partitions, not " + old.partitions());
            }
        }
        return String.join("; ", changes);
    }
}
