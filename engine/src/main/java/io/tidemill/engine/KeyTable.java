package io.tidemill.engine;

import io.tidemill.api.Window;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Entries by key: open addressing, linear probing. Not thread-safe. */
final class KeyTable {
    /** Of the entries. */
    final byte kind;

    final Window window;
    private @Nullable Entry[] slots = new Entry[2];
    private int size;

    /** Its other entries; null where there are none yet. */
    @Nullable
    PackedTable packed;

    /** Every entry that there was when the window ended has had its first result. */
    boolean fired;

    /** All of its slices have closed. */
    boolean isDone;

    /** It had closed before: its slices are on the disk, and only what came since is here. */
    boolean isReopened;

    /** Of a slice: the window that ends last. */
    @Nullable
    Window lastWindow;

    /** Entries of it may be in the lane's store and not here; never without one. */
    boolean mayBeStored;

    /** Where in the store firing goes on, when a step could not emit all; and whether it was closing. */
    byte @Nullable [] resumeAt;

    boolean resumesClosing;

    KeyTable(byte kind, Window window) {
        this.kind = kind;
        this.window = window;
    }

    int size() {
        return packed == null ? size : size + packed.size();
    }

    /** Neither here nor in a store, as far as is known. */
    boolean isEmpty() {
        return size() == 0 && !mayBeStored;
    }

    /** Null if there is none, or it is packed. */
    @Nullable
    Entry get(byte[] key, int start, int length, int hash) {
        int mask = slots.length - 1;
        int slot = spread(hash) & mask;
        Entry entry = slots[slot];
        while (entry != null) {
            if (entry.hash == hash && Arrays.equals(entry.key, 0, entry.key.length, key, start, start + length)) {
                return entry;
            }
            slot = (slot + 1) & mask;
            entry = slots[slot];
        }
        return null;
    }

    /** Adds an entry whose key is not there yet. */
    void add(Entry entry) {
        if (++size * 2 > slots.length) {
            @Nullable Entry[] old = slots;
            slots = new Entry[old.length * 2];
            for (Entry each : old) {
                if (each != null) {
                    place(each);
                }
            }
        }
        place(entry);
    }

    private void place(Entry entry) {
        int mask = slots.length - 1;
        int slot = spread(entry.hash) & mask;
        while (slots[slot] != null) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = entry;
    }

    /** Removes an entry that is there; those behind it move up so that they are still found. */
    void remove(Entry entry) {
        int mask = slots.length - 1;
        int slot = spread(entry.hash) & mask;
        while (slots[slot] != entry) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = null;
        size--;
        int next = (slot + 1) & mask;
        Entry behind = slots[next];
        while (behind != null) {
            slots[next] = null;
            place(behind);
            next = (next + 1) & mask;
            behind = slots[next];
        }
    }

    /** Gives back what entries that are gone took. */
    void shrink() {
        if (slots.length > 16 && size * 8 < slots.length) {
            @Nullable Entry[] old = slots;
            slots = new Entry[Math.max(16, Integer.highestOneBit(size * 2 + 1) * 2)];
            for (Entry each : old) {
                if (each != null) {
                    place(each);
                }
            }
        }
    }

    /** All entries that are not packed, as they are now; changes to the table do not show in it. */
    Entry[] entries() {
        Entry[] all = new Entry[size];
        int at = 0;
        for (Entry entry : slots) {
            if (entry != null) {
                all[at++] = entry;
            }
        }
        return all;
    }

    static int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return mixed ^ mixed >>> 15;
    }
}
