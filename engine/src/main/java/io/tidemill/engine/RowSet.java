package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of one key and window, by input and origin. Which rows it holds is a function of what was added, whatever the
 * order, the parts and the repetitions. One that was taken back is remembered: what it takes back may be merged in later.
 *
 * <p>Where there are too many it lets go of all of them, and only remembers that it did: whether that happens is a property
 * of the rows, too. Not thread-safe.
 */
final class RowSet {
    /** A record of the changelog, of at most 64 MiB, may have to hold it twice. */
    static final int BYTES_MAX = 24 << 20;

    private static final int LIVE = 1;
    private static final int REVISED = 2;
    private static final int WAS_WIDER = 4;
    private static final int FLAG_BITS = 3;

    private final int rowsMax;

    /** In the order of their identities, as far as {@link #sorted}; what is behind that may be here twice. */
    private List<KeptRow> rows = new ArrayList<>(1);

    private int sorted;
    private long bytes;

    /** How many were allowed when there were more; 0 as long as all are here. */
    private int lostMax;

    RowSet(int rowsMax) {
        this.rowsMax = rowsMax;
    }

    void add(KeptRow row) {
        if (lostMax > 0) {
            return;
        }
        if (sorted == rows.size() && (sorted == 0 || KeptRow.IDENTITY.compare(rows.get(sorted - 1), row) < 0)) {
            sorted++;
        }
        rows.add(row);
        bytes += row.size();
        if (rows.size() / 2 >= rowsMax || bytes / 2 > BYTES_MAX) {
            settle();
        }
    }

    void merge(RowSet other) {
        lose(other.lostMax);
        other.rows.forEach(this::add);
    }

    private void lose(int allowed) {
        if (allowed > 0) {
            lostMax = Math.max(lostMax, allowed);
            rows = new ArrayList<>(0);
            sorted = 0;
            bytes = 0;
        }
    }

    /** Sorts them, keeps of each row what stands, and lets go of all if there are too many. */
    private void settle() {
        if (sorted < rows.size()) {
            rows.sort(KeptRow.IDENTITY);
            List<KeptRow> once = new ArrayList<>(rows.size());
            bytes = 0;
            KeptRow last = null;
            for (KeptRow row : rows) {
                if (last != null && KeptRow.IDENTITY.compare(last, row) == 0) {
                    bytes -= last.size();
                    last = last.with(row);
                    once.set(once.size() - 1, last);
                } else {
                    last = row;
                    once.add(row);
                }
                bytes += last.size();
            }
            rows = once;
            sorted = once.size();
        }
        if (rows.size() > rowsMax || bytes > BYTES_MAX) {
            lose(rowsMax);
        }
    }

    /** Whether it has let go of its rows. */
    boolean isLost() {
        settle();
        return lostMax > 0;
    }

    /** The error to tell where {@link #isLost}. */
    IllegalStateException tooMany() {
        return new IllegalStateException("more than " + lostMax + " rows of one key and window, or more than "
                + BYTES_MAX + " bytes of them, are not kept: set a larger bound (rowsMax), or smaller windows");
    }

    /** Those that are there, as {@link KeptRow#ORDER} has them; none if it has let go of them. */
    List<KeptRow> live() {
        settle();
        return rows.stream().filter(KeptRow::isLive).sorted(KeptRow.ORDER).toList();
    }

    void write(ByteSink sink) {
        settle();
        sink.writeVarint(lostMax);
        sink.writeVarint(rows.size());
        long time = 0;
        byte[] origin = {};
        for (KeptRow row : rows) {
            write(row, time, origin, sink);
            time = row.timeMillis();
            origin = row.origin();
        }
    }

    /** Neighbours mostly come from the same partition at about the same time. */
    private static void write(KeptRow row, long timeBefore, byte[] originBefore, ByteSink sink) {
        boolean wasWider = row.widest() != row.bytes().length;
        sink.writeVarint(row.input() << FLAG_BITS
                | (row.isLive() ? LIVE : 0)
                | (row.revision() != 0 ? REVISED : 0)
                | (wasWider ? WAS_WIDER : 0));
        sink.writeVarlong(row.timeMillis() - timeBefore);
        int mismatch = Arrays.mismatch(originBefore, row.origin());
        int shared = mismatch < 0 ? row.origin().length : mismatch;
        sink.writeVarint(shared);
        sink.writeVarint(row.origin().length - shared);
        sink.write(row.origin(), shared, row.origin().length - shared);
        if (row.revision() != 0) {
            sink.writeVarint(row.revision());
        }
        if (wasWider) {
            sink.writeVarint(row.widest());
        }
        if (row.isLive()) {
            sink.writeSized(row.bytes());
        }
    }

    static RowSet read(ByteSource source, int rowsMax) {
        RowSet set = new RowSet(rowsMax);
        set.lostMax = source.readVarint();
        int count = source.readVarint();
        if (set.lostMax < 0 || count < 0 || (set.lostMax > 0 && count > 0)) {
            throw new IllegalStateException("a set of " + count + " rows that let go of more than " + set.lostMax);
        }
        set.rows = new ArrayList<>(Math.min(count, 1024));
        long time = 0;
        byte[] origin = {};
        for (int i = 0; i < count; i++) {
            KeptRow row = read(source, time, origin);
            set.rows.add(row);
            set.bytes += row.size();
            time = row.timeMillis();
            origin = row.origin();
        }
        set.sorted = count;
        return set;
    }

    private static KeptRow read(ByteSource source, long timeBefore, byte[] originBefore) {
        int flags = source.readVarint();
        long time = timeBefore + source.readVarlong();
        int shared = source.readVarint();
        byte[] own = source.readSized();
        if (shared < 0 || shared > originBefore.length) {
            throw new IllegalStateException("an origin shares " + shared + " bytes of " + originBefore.length);
        }
        byte[] origin = Arrays.copyOf(originBefore, shared + own.length);
        System.arraycopy(own, 0, origin, shared, own.length);
        int revision = (flags & REVISED) != 0 ? source.readVarint() : 0;
        int wider = (flags & WAS_WIDER) != 0 ? source.readVarint() : -1;
        byte[] value = (flags & LIVE) != 0 ? source.readSized() : null;
        int widest = wider >= 0 ? wider : value == null ? 0 : value.length;
        return new KeptRow(flags >>> FLAG_BITS, time, origin, revision, value, widest);
    }
}
