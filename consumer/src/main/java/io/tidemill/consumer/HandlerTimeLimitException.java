package io.tidemill.consumer;

import java.time.Duration;

/** A handler was interrupted at its time limit, and threw. */
public final class HandlerTimeLimitException extends RuntimeException {
    HandlerTimeLimitException(Duration limit, Throwable cause) {
        super("the handler exceeded its time limit of " + limit, cause);
    }
}
