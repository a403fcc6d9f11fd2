package io.tidemill.consumer;

/** A consumer stopped itself; the cause says why. Nothing at or after the record at fault was committed. */
public final class ConsumerFailedException extends RuntimeException {
    ConsumerFailedException(String group, Throwable cause) {
        super("the consumer of group " + group + " stopped: " + cause.getMessage(), cause);
    }
}
