package io.tidemill.consumer;

/**
 * Remembers which events were handled. Thread-safe; may be shared by processes if it says so. All methods are called by the
 * handler's thread and may block.
 */
public interface DedupStore {
    /** What is known of an event. */
    enum Known {
        /** Nothing, until now. */
        FIRST,
        /** It was begun, and nobody said that it is finished: its handler runs elsewhere, or its process died. */
        UNFINISHED,
        /** It is finished. */
        FINISHED
    }

    /** Notes, in one atomic step, that the event is begun, and returns what was known before. Durable when it returns. */
    Known begin(String eventId) throws Exception;

    /** Notes that it is finished. Durable when it returns. */
    void finish(String eventId) throws Exception;

    /** Forgets an event that was begun and whose handler threw. */
    void forget(String eventId) throws Exception;
}
