package io.tidemill.consumer;

import org.apache.kafka.clients.consumer.Consumer;

/**
 * Ends a poll early, and nothing else. A wake-up between two polls makes the next one short instead of ending whatever call
 * comes first.
 */
final class Waker {
    private final Consumer<?, ?> consumer;
    private boolean polling;
    private boolean asked;

    Waker(Consumer<?, ?> consumer) {
        this.consumer = consumer;
    }

    /** Called by any thread. */
    synchronized void wake() {
        if (!asked && polling) {
            consumer.wakeup();
        }
        asked = true;
    }

    /** Whether the coming poll may wait. */
    synchronized boolean beginPoll() {
        if (asked) {
            asked = false;
            return false;
        }
        polling = true;
        return true;
    }

    synchronized void endPoll() {
        polling = false;
        asked = false;
    }

    /** While the poll calls us back it must not be woken. */
    synchronized void beginCallback() {
        polling = false;
    }
}
