package io.tidemill.operations;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is held in memory during one pass, by identity. When it becomes too much, half of it is dropped and left to a later
 * pass, again and again if need be. Not thread-safe.
 */
final class Pairs<P extends Pairs.Held> {
    /** What a map's entry and the objects in it take, roughly. */
    private static final int OVERHEAD_BYTES = 150;

    /** What is held at once, at most. */
    record Limits(int countMax, long bytesMax) {
        private static final int PAIRS_MAX = 2_000_000;
        private static final long BYTES_MAX = 512L << 20;

        /** A quarter of the heap is ours: user code needs some, too. */
        static Limits ofThisProcess() {
            return new Limits(
                    PAIRS_MAX, Math.min(BYTES_MAX, Runtime.getRuntime().maxMemory() / 4));
        }
    }

    /** What is held. */
    interface Held {
        /** What it takes beyond its key and a few fields. */
        long bytes();
    }

    private final Map<ByteKey, P> held = new HashMap<>();
    private final Limits limits;
    private final Deque<Slice> later;
    private Slice slice;
    private long bytes;

    /** Takes its slice off {@code later}, and puts back what it cannot hold. */
    Pairs(Deque<Slice> later, Limits limits) {
        this.slice = later.remove();
        this.later = later;
        this.limits = limits;
    }

    static Deque<Slice> all() {
        Deque<Slice> slices = new ArrayDeque<>();
        slices.add(Slice.ALL);
        return slices;
    }

    /** What is held under {@code identity}, made if need be; null if it is another pass's. */
    @Nullable
    P get(byte[] identity, Supplier<P> make) {
        ByteKey key = new ByteKey(identity);
        if (!slice.holds(key)) {
            return null;
        }
        P found = held.get(key);
        // What is held grows, too.
        while (isFull(found == null ? 1 : 0)) {
            split();
        }
        if (!slice.holds(key)) {
            return null;
        }
        if (found != null) {
            return found;
        }
        P added = make.get();
        held.put(key, added);
        bytes += weight(key, added);
        return added;
    }

    /** Says that something held has grown or shrunk. */
    void grew(long by) {
        bytes += by;
    }

    private boolean isFull(int more) {
        return (held.size() + more > limits.countMax || bytes >= limits.bytesMax)
                && held.size() > 1
                && slice.isDivisible();
    }

    private void split() {
        later.add(slice.secondHalf());
        slice = slice.firstHalf();
        held.keySet().removeIf(key -> !slice.holds(key));
        bytes = 0;
        held.forEach((key, each) -> bytes += weight(key, each));
    }

    private long weight(ByteKey key, P each) {
        return key.bytes().length + each.bytes() + OVERHEAD_BYTES;
    }

    void forEach(BiConsumer<byte[], P> visitor) {
        held.forEach((key, each) -> visitor.accept(key.bytes(), each));
    }
}
