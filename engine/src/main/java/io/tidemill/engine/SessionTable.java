package io.tidemill.engine;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sessions by key: open addressing, linear probing. Not thread-safe. */
final class SessionTable {
    private @Nullable KeySessions[] slots = new KeySessions[64];
    private int size;

    @Nullable
    KeySessions get(byte[] key, int start, int length, int hash) {
        int mask = slots.length - 1;
        int slot = spread(hash) & mask;
        KeySessions found = slots[slot];
        while (found != null) {
            if (found.hash == hash && Arrays.equals(found.key, 0, found.key.length, key, start, start + length)) {
                return found;
            }
            slot = (slot + 1) & mask;
            found = slots[slot];
        }
        return null;
    }

    /** Adds a key that is not there yet. */
    void add(KeySessions sessions) {
        if (++size * 2 > slots.length) {
            @Nullable KeySessions[] old = slots;
            slots = new KeySessions[old.length * 2];
            for (KeySessions each : old) {
                if (each != null) {
                    place(each);
                }
            }
        }
        place(sessions);
    }

    private void place(KeySessions sessions) {
        int mask = slots.length - 1;
        int slot = spread(sessions.hash) & mask;
        while (slots[slot] != null) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = sessions;
    }

    /** Removes a key that is there; those behind it move up so that they are still found. */
    void remove(KeySessions sessions) {
        int mask = slots.length - 1;
        int slot = spread(sessions.hash) & mask;
        while (slots[slot] != sessions) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = null;
        size--;
        int next = (slot + 1) & mask;
        KeySessions behind = slots[next];
        while (behind != null) {
            slots[next] = null;
            place(behind);
            next = (next + 1) & mask;
            behind = slots[next];
        }
    }

    /** In no order; {@code action} does not change the table. */
    void forEach(Consumer<KeySessions> action) {
        for (KeySessions each : slots) {
            if (each != null) {
                action.accept(each);
            }
        }
    }

    private static int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return mixed ^ mixed >>> 15;
    }
}
