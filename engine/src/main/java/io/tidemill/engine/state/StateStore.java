package io.tidemill.engine.state;

import java.util.List;

/**
 * A store that is open. One thread writes, any number reads. A store need not make a write durable before it returns: what
 * it loses in a crash is written again. All methods throw {@link StateStoreException}; after one that did, open it again.
 */
public interface StateStore extends StateView {
    /** What {@link #durableMark} is until something has been made durable since the store was opened. */
    long NONE = -1;

    /**
     * Applies all changes at once, in their order, for readers and for what a crash leaves.
     *
     * @param mark 0 or more, and not less than that of the write before
     */
    void write(List<StateChanges> changes, long mark);

    /** Begins to make durable what has been written. Returns at once; does nothing if that is under way. */
    void flush();

    /** The mark of a write that is durable, with all before it. Fails if a {@link #flush} has. */
    long durableMark();

    /** Waits for what is under way, and gives the store back. What has not become durable may be lost. */
    @Override
    void close();
}
