package io.tidemill.testkit;

import io.tidemill.engine.state.StateStores;

/** State stores of a process that a test can let die. Thread-safe. */
public interface CrashableStores extends StateStores {
    /**
     * The process dies: what has not become durable may be lost, and who has a store open does no more harm to it. Then stores
     * can be opened again.
     */
    void crash();
}
