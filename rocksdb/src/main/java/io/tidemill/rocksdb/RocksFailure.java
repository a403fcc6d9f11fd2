package io.tidemill.rocksdb;

import io.tidemill.engine.state.StateStoreException;
import java.util.Locale;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** RocksDB's errors, as a receiver can act on them. */
final class RocksFailure {
    private RocksFailure() {}

    static StateStoreException of(String what, RocksDBException e) {
        StateStoreException.Code code = code(e);
        String told = switch (code) {
            case DAMAGED -> what + " is damaged (" + e.getMessage() + ")";
            case IN_USE ->
                what + " is open already, in this process or another: end that run first (" + e.getMessage() + ")";
            case DISK_FULL -> what + " has no room: free some, and run again (" + e.getMessage() + ")";
            case IO -> what + " cannot be read or written (" + e.getMessage() + ")";
        };
        return new StateStoreException(code, told, e);
    }

    private static StateStoreException.Code code(RocksDBException e) {
        Status status = e.getStatus();
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        if (message.contains("lock ") || message.contains("lock:")) {
            return StateStoreException.Code.IN_USE;
        }
        if (status == null) {
            return StateStoreException.Code.IO;
        }
        if (status.getSubCode() == Status.SubCode.NoSpace) {
            return StateStoreException.Code.DISK_FULL;
        }
        boolean isMissing = message.contains("no such file");
        return switch (status.getCode()) {
            case Corruption, InvalidArgument, NotFound -> StateStoreException.Code.DAMAGED;
            default -> isMissing ? StateStoreException.Code.DAMAGED : StateStoreException.Code.IO;
        };
    }
}
