package io.tidemill.compat.consistency;

import java.io.IOException;

/** A broker that can fail, and be started again on what is left. Not thread-safe. */
interface Node extends AutoCloseable {
    /** The same after every start. */
    String bootstrap();

    /** Returns when it takes connections. */
    void start() throws Exception;

    /** It ends without any order; returns when nothing of it runs any more. */
    void fail() throws Exception;

    /** Begins to start, and fails somewhere on the way. */
    void failInStart() throws Exception;

    @Override
    void close() throws IOException;
}
