package io.tidemill.testkit;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One file's bytes: as they are on the disk, as they are read, and the changes between the two. */
final class Content {
    /*
     * What a crash may leave follows from how page caches and journaling file systems work:
     *
     * Data is written back sector by sector, each at any time, in any order. A sector on the disk is therefore what it was
     * in the cache after one of the writes that touched it, never the bytes of a later write without those of an earlier.
     *
     * Lengths are metadata, kept in a journal of the file system's own: they change in the order of the calls, and
     * independently of the data. A file that grew and whose data is lost reads zeros. What was written after a truncate
     * lies in new blocks, and is lost if the truncate is.
     */
    static final int SECTOR_BYTES = 512;

    private sealed interface Change {}

    private record Write(long position, byte[] bytes) implements Change {}

    private record Truncate(long size) implements Change {}

    /** The pending changes, newest first: forks share them. */
    private record Pending(Change change, @Nullable Pending earlier, int count) {}

    private Pages durable;
    private Pages cache;
    /** The cache before the pending changes: other than {@code durable} only after a force has failed. */
    private Pages base;

    private boolean forceFailed;
    private @Nullable Pending pending;

    Content() {
        this(new Pages());
    }

    private Content(Pages pages) {
        durable = pages;
        cache = pages.share();
        base = pages.share();
    }

    Content fork() {
        Content fork = new Content(durable.share());
        fork.cache = cache.share();
        fork.base = base.share();
        fork.forceFailed = forceFailed;
        fork.pending = pending;
        return fork;
    }

    long length() {
        return cache.length();
    }

    int read(ByteBuffer target, long position) {
        return cache.read(target, position);
    }

    /** Keeps {@code bytes}. */
    void write(byte[] bytes, long position) {
        change(new Write(position, bytes));
        cache.write(bytes, position);
    }

    void truncate(long size) {
        change(new Truncate(size));
        cache.length(size);
    }

    private void change(Change change) {
        pending = new Pending(change, pending, pending == null ? 1 : pending.count + 1);
    }

    void force() {
        durable = forceFailed ? settle(Survival.everything(count())) : cache.share();
        settled();
    }

    /** The pending changes are no longer pending, though some of them are not on the disk, and perhaps not in the cache. */
    void failForce(SplittableRandom random) {
        durable = settle(Survival.random(count(), random));
        if (random.nextBoolean()) {
            cache = durable.share();
        }
        settled();
        forceFailed = true;
    }

    private void settled() {
        base = cache.share();
        pending = null;
    }

    void crash(SplittableRandom random) {
        if (pending != null) {
            durable = settle(Survival.random(count(), random));
        }
        cache = durable.share();
        settled();
        forceFailed = false;
    }

    /** The medium changes under the file system: what is read and what is on the disk, but not what is yet to be written. */
    void flip(long position, int bit) {
        cache.flip(position, bit);
        base.flip(position, bit);
        if (position < durable.length()) {
            durable.flip(position, bit);
        }
    }

    private int count() {
        return pending == null ? 0 : pending.count;
    }

    private Change[] changes() {
        Change[] changes = new Change[count()];
        for (Pending at = pending; at != null; at = at.earlier) {
            changes[at.count - 1] = at.change;
        }
        return changes;
    }

    private Pages settle(Survival survival) {
        Pages after = durable.share();
        Pages seen = base.share();
        long length = durable.length();
        long cutAt = Long.MAX_VALUE; // beyond it, a truncate that did not survive gave the file new blocks
        Change[] changes = changes();
        for (int i = 0; i < changes.length; i++) {
            boolean lengthSurvives = i < survival.lengths();
            long before = seen.length();
            if (changes[i] instanceof Write write) {
                seen.write(write.bytes, write.position);
                copySectors(seen, write, after, survival.sectors()[i], cutAt);
                if (lengthSurvives) {
                    length = Math.max(length, seen.length());
                } else if (i == survival.lengths()) {
                    length = Math.max(length, grownInPart(before, seen.length(), survival.lengthPart()));
                }
            } else if (changes[i] instanceof Truncate truncate) {
                seen.length(truncate.size);
                if (lengthSurvives) {
                    after.length(Math.min(after.length(), truncate.size));
                    length = truncate.size;
                } else {
                    cutAt = Math.min(cutAt, truncate.size);
                }
            }
        }
        after.length(length);
        return after;
    }

    private static void copySectors(Pages from, Write write, Pages to, Survival.Tear tear, long cutAt) {
        long first = write.position / SECTOR_BYTES;
        int count = (int) ((write.position + write.bytes.length - 1) / SECTOR_BYTES - first) + 1;
        for (int i = 0; i < count; i++) {
            long at = (first + i) * SECTOR_BYTES;
            if (tear.survives(i, count) && at + SECTOR_BYTES <= cutAt) {
                to.copy(from, at, SECTOR_BYTES);
            }
        }
    }

    /** A large write grows the file page by page. */
    private static long grownInPart(long from, long to, double part) {
        long grown = from + (long) (part * (to - from));
        return Math.max(from, grown - grown % Pages.PAGE_BYTES);
    }
}
