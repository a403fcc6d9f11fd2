package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.Pane;
import io.tidemill.api.plan.Joining;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Row;
import io.tidemill.api.plan.TableRow;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.engine.KeptRows.Kept;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Elements with the newest version of a table at their time. Versions come by input 0, so that one of the same millisecond has
 * its turn before the element.
 *
 * <p>Of the versions the newest is kept, and older ones only for as long as a late element may need them; elements only for as
 * long as a late version may change what they were given. A kept element counts what was written of its result, also
 * when it was taken back: so a result that comes again goes on counting its revisions.
 */
record EnrichOperator(boolean keepsUnmatched, Joining joiner, long correctableMillis) implements RowOperator {
    private static final int TABLE = 0;
    private static final int ELEMENTS = 1;
    private static final byte ENRICHED = 5;

    static EnrichOperator of(Operator.Enrich enrich) {
        return new EnrichOperator(
                enrich.keepsUnmatched(),
                enrich.joiner(),
                enrich.correctableFor().toMillis());
    }

    @Override
    public List<Slot> slots() {
        return List.of(
                Slot.inEventTime("table", "versions", correctableMillis + 1),
                Slot.inEventTime("elements", "kept rows", correctableMillis + 1));
    }

    @Override
    public String decode(ProcessPlan plan, int slot, byte[] part, byte[] value) throws Exception {
        return KeptRows.text(value, plan.codec(slot));
    }

    @Override
    public long behindMaxMillis() {
        return correctableMillis;
    }

    @Override
    public @Nullable String lateRefusal() {
        return correctableMillis == 0 ? "the enrichment keeps nothing for late elements: set correctableFor(…)" : null;
    }

    @Override
    public void process(Row row, RowContext context) throws Exception {
        if (row.input() == TABLE) {
            version(row, context);
        } else {
            element(row, context);
        }
    }

    private static Codec<Object> codec(RowContext context, int input) {
        return context.plan().codec(input);
    }

    // ---- the table ----

    private void version(Row row, RowContext context) throws Exception {
        byte[] part = KeptRows.part(row);
        if (context.pane() != Pane.FINAL) {
            correct(row, part, context);
        }
        StateEntry former = context.before(TABLE, part);
        StateEntry next = context.behind(TABLE, part);
        if (former != null) {
            replace(former, row.timeMillis(), context);
        }
        long neededFrom = next != null ? KeptRows.timeOf(next.part) : StateEntry.FOREVER;
        if (next == null && ((TableRow) row.value()).value() == null) {
            // A removal is needed for as long as what it has removed, which must be gone before.
            neededFrom = row.timeMillis() + 1;
        }
        context.put(TABLE, part, KeptRows.write(0, row.value(), codec(context, TABLE)), neededFrom);
    }

    /** It is needed for elements before {@code timeMillis} only. */
    private void replace(StateEntry former, long timeMillis, RowContext context) {
        byte[] bytes = former.value;
        if (correctableMillis == 0 || bytes == null) {
            context.remove(former);
        } else {
            context.put(TABLE, former.part, bytes, timeMillis);
        }
    }

    /** Puts a version that comes late into its place: the elements after it, up to the next one, have been given another. */
    private void correct(Row row, byte[] part, RowContext context) throws Exception {
        StateEntry next = context.behind(TABLE, part);
        byte[] first = KeptRows.bound(row.timeMillis());
        // A version of the same millisecond comes before the element.
        byte[] end = next == null ? null : KeptRows.bound(Math.max(row.timeMillis(), KeptRows.timeOf(next.part)));
        Object value = ((TableRow) row.value()).value();
        for (StateEntry entry : context.range(ELEMENTS, first, end)) {
            byte[] bytes = entry.value;
            if (bytes != null) {
                revise(KeptRows.read(entry, bytes, codec(context, ELEMENTS)), bytes, value, context);
            }
        }
    }

    private void revise(Kept element, byte[] bytes, @Nullable Object value, RowContext context) throws Exception {
        Object former = versionAt(element.timeMillis(), context);
        boolean was = former != null || keepsUnmatched;
        boolean is = value != null || keepsUnmatched;
        if (!was && !is) {
            return;
        }
        int revision = element.flags();
        byte[] id = id(element.origin());
        Object taken = was && revision > 0 ? joiner.join(element.value(), former) : null;
        if (is) {
            Object result = joiner.join(element.value(), value);
            context.replace(id, element.timeMillis(), taken, result, revision, context.pane());
        } else if (taken != null) {
            context.retract(id, element.timeMillis(), taken, revision, context.pane());
        }
        context.put(ELEMENTS, element.part(), KeptRows.flagged(bytes, revision + 1), element.timeMillis());
    }

    private static @Nullable Object versionAt(long timeMillis, RowContext context) throws Exception {
        StateEntry entry = context.before(TABLE, KeptRows.bound(timeMillis + 1));
        byte[] bytes = entry == null ? null : entry.value;
        if (entry == null || bytes == null) {
            return null;
        }
        return ((TableRow) KeptRows.read(entry, bytes, codec(context, TABLE)).value()).value();
    }

    // ---- elements ----

    private void element(Row row, RowContext context) throws Exception {
        Object version = versionAt(row.timeMillis(), context);
        int emitted = 0;
        if (version != null || keepsUnmatched) {
            Object result = joiner.join(row.value(), version);
            context.emit(0, id(row.origin()), row.timeMillis(), result, 0, context.pane());
            emitted = 1;
        } else {
            context.drop(OperatorCounts.UNMATCHED);
        }
        if (correctableMillis > 0) {
            byte[] kept = KeptRows.write(emitted, row.value(), codec(context, ELEMENTS));
            context.put(ELEMENTS, KeptRows.part(row), kept, row.timeMillis());
        }
    }

    private static byte[] id(byte[] origin) {
        ByteSink id = new ByteSink(32);
        id.write(ENRICHED);
        id.write(origin);
        return id.toByteArray();
    }

    @Override
    public void onTimer(TimeDomain domain, long timeMillis, RowContext context) {
        throw new IllegalStateException("no timer was set");
    }
}
