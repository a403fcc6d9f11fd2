package io.tidemill.consumer;

/** A deserializer refused a record's key or value; the cause says why. */
public final class UndecodableRecordException extends RuntimeException {
    UndecodableRecordException(String what, RuntimeException cause) {
        super("the record's " + what + " cannot be decoded: " + cause.getMessage(), cause);
    }
}
