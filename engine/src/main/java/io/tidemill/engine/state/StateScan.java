package io.tidemill.engine.state;

/** A walk over a range of keys, in their order. Used by one thread. */
public interface StateScan extends AutoCloseable {
    /** Moves to the first key, then to the next one; false at the end, and whenever it is called again. */
    boolean next();

    byte[] key();

    byte[] value();

    @Override
    void close();
}
