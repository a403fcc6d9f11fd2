package io.tidemill.engine;

import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.engine.savepoint.SavepointSection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Chooses some of a savepoint's decodable entries. What there are few of is not left out for what there are many of: each
 * operator, or each kind of its entries, has a share of its own, spread over what there is. Not thread-safe, used once.
 */
final class SavepointSample {
    /** By operator and kind; kinds may have one in common. */
    private final Map<String, Map<Character, Share>> shares = new HashMap<>();

    /** How many of some entries are chosen. */
    private static final class Share {
        long entries;
        long chosen;
        private long seen;

        /** Exactly {@link #chosen} of {@link #entries} calls, the first among them, at even distances. */
        boolean takesNext() {
            return seen++ * chosen % entries < chosen;
        }
    }

    private SavepointSample() {}

    /** At most {@code entriesMax}; of all operators as many, as far as they have them. */
    static SavepointSample ofOperators(SavepointInfo savepoint, Set<String> operators, int entriesMax) {
        SavepointSample sample = new SavepointSample();
        List<Share> all = new ArrayList<>();
        for (SavepointSection section : savepoint.operators()) {
            if (operators.contains(section.name())) {
                Share share = new Share();
                section.kinds().forEach((kind, count) -> sample.add(section.name(), kind, count, share));
                all.add(share);
            }
        }
        divide(all, entriesMax);
        return sample;
    }

    /** About {@code entries}; of each kind of each operator at least {@code ofKindMin}, or all there are. */
    static SavepointSample ofKinds(SavepointInfo savepoint, Set<String> operators, int entries, int ofKindMin) {
        SavepointSample sample = new SavepointSample();
        List<Share> all = new ArrayList<>();
        for (SavepointSection section : savepoint.operators()) {
            if (operators.contains(section.name())) {
                section.kinds().forEach((kind, count) -> {
                    Share share = new Share();
                    sample.add(section.name(), kind, count, share);
                    all.add(share);
                });
            }
        }
        divide(all, entries);
        all.forEach(share -> share.chosen = Math.min(share.entries, Math.max(share.chosen, ofKindMin)));
        return sample;
    }

    private void add(String operator, char kind, long count, Share share) {
        if (EntryConverter.isDecodable((byte) kind)) {
            share.entries += count;
            shares.computeIfAbsent(operator, name -> new HashMap<>()).put(kind, share);
        }
    }

    /** The smallest first, so that what they leave is for the others. */
    private static void divide(List<Share> shares, long entries) {
        List<Share> bySize = shares.stream()
                .filter(share -> share.entries > 0)
                .sorted(Comparator.comparingLong(share -> share.entries))
                .toList();
        long rest = entries;
        int open = bySize.size();
        for (Share share : bySize) {
            share.chosen = Math.min(share.entries, (rest + open - 1) / open);
            rest -= share.chosen;
            open--;
        }
    }

    /** Asked once for each decodable entry, in the order of the file. */
    boolean takes(String operator, byte kind) {
        Share share = shares.getOrDefault(operator, Map.of()).get((char) (kind & 0xFF));
        return share != null && share.takesNext();
    }
}
