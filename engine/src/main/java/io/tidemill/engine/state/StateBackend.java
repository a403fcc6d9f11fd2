package io.tidemill.engine.state;

/** Where the engine keeps the entries of windows and all other operators with state. It changes no result. */
public sealed interface StateBackend {
    /** Of {@link Stored#cacheBytesMax}. */
    long CACHE_BYTES_MAX_DEFAULT = 64L << 20;

    /** In the heap, all of it: the fastest, for state that fits there. */
    record InMemory() implements StateBackend {}

    /**
     * In stores, for state that is larger than memory. The changelog stays the durable truth; a store follows it.
     *
     * @param cacheBytesMax how much of each pipeline's entries is kept as objects beside the store, roughly; 0 or more. A step
     *     may need more: what it touches it holds until it is committed
     */
    record Stored(StateStores stores, long cacheBytesMax) implements StateBackend {
        public Stored {
            if (cacheBytesMax < 0) {
                throw new IllegalArgumentException("cacheBytesMax is 0 or more, not " + cacheBytesMax);
            }
        }

        public Stored cacheBytesMax(long value) {
            return new Stored(stores, value);
        }
    }

    static InMemory inMemory() {
        return new InMemory();
    }

    static Stored in(StateStores stores) {
        return new Stored(stores, CACHE_BYTES_MAX_DEFAULT);
    }
}
