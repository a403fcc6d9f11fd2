package io.tidemill.engine.state;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bytes by key, ordered by unsigned bytes, to be read. Thread-safe. All methods throw {@link StateStoreException}. */
public interface StateView extends AutoCloseable {
    /** Takes what {@link #get} finds. */
    @FunctionalInterface
    interface Found {
        /** @param index of the key in the list */
        void take(int index, byte[] value);
    }

    /** Tells {@code found}, in the order of the keys, of those that there are; on the caller's thread. */
    void get(List<byte[]> keys, Found found);

    /** The keys from {@code from} to before {@code to}, as they are now. To be closed, before the view is. */
    StateScan scan(byte[] from, byte[] to);

    /** The last key from {@code from} to before {@code to}; null if there is none. */
    byte @Nullable [] lastKey(byte[] from, byte[] to);

    @Override
    void close();
}
