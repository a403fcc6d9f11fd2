package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.Pane;
import io.tidemill.api.plan.Joining;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Row;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.engine.KeptRows.Kept;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pairs of rows of two inputs within an interval of time.
 *
 * <p>A row meets, when it has its turn, those of the other input that had theirs before; so each pair is made once, by the
 * later of the two. It is kept until no row to come can match it, and longer by as much as late rows may be behind. A
 * timer tells when it is known to have no partner.
 */
record IntervalJoinOperator(
        long lowerMillis,
        long upperMillis,
        boolean keepsLeft,
        boolean keepsRight,
        Joining joiner,
        long correctableMillis)
        implements RowOperator {
    /** The states are by input, and so are the outputs' ids. */
    private static final int LEFT = 0;

    private static final int RIGHT = 1;

    /** It has, or had, a partner. */
    private static final int MATCHED = 1;

    /** It is known to have none yet, and where such rows are results, it has been one. */
    private static final int ALONE = 2;

    private static final byte PAIR = 3;
    private static final byte SINGLE = 4;

    static IntervalJoinOperator of(Operator.IntervalJoin join) {
        return new IntervalJoinOperator(
                join.lower().toMillis(),
                join.upper().toMillis(),
                join.keepsLeft(),
                join.keepsRight(),
                join.joiner(),
                join.correctableFor().toMillis());
    }

    @Override
    public List<Slot> slots() {
        return List.of(slot("left", LEFT), slot("right", RIGHT));
    }

    private Slot slot(String name, int input) {
        // Counted from the row's own time.
        return Slot.inEventTime(name, "kept rows", reach(input) + correctableMillis + 1);
    }

    @Override
    public String decode(ProcessPlan plan, int slot, byte[] part, byte[] value) throws Exception {
        return KeptRows.text(value, plan.codec(slot));
    }

    /** How long after a row of the input another that matches it may come. */
    private long reach(int input) {
        return Math.max(0, input == LEFT ? upperMillis : -lowerMillis);
    }

    private boolean keeps(int input) {
        return input == LEFT ? keepsLeft : keepsRight;
    }

    @Override
    public long behindMaxMillis() {
        return correctableMillis;
    }

    @Override
    public @Nullable String lateRefusal() {
        return correctableMillis == 0 ? "the join keeps nothing for late elements: set correctableFor(…)" : null;
    }

    @Override
    public long heldBackMillis() {
        long held = 0;
        for (int input = LEFT; input <= RIGHT; input++) {
            held = keeps(input) ? Math.max(held, reach(input)) : held;
        }
        return held;
    }

    // ---- rows ----

    @Override
    public void process(Row row, RowContext context) throws Exception {
        boolean isLeft = row.input() == LEFT;
        int other = isLeft ? RIGHT : LEFT;
        long first = row.timeMillis() + (isLeft ? lowerMillis : -upperMillis);
        long last = row.timeMillis() + (isLeft ? upperMillis : -lowerMillis);
        int flags = 0;
        for (StateEntry entry : KeptRows.between(context, other, first, last)) {
            byte[] bytes = entry.value;
            if (bytes != null) {
                Kept partner = KeptRows.read(entry, bytes, codec(context, other));
                match(other, partner, bytes, context);
                pair(row, partner, context);
                flags = MATCHED;
            }
        }
        keep(row, flags, context);
    }

    private static Codec<Object> codec(RowContext context, int input) {
        return context.plan().codec(input);
    }

    private void match(int input, Kept partner, byte[] bytes, RowContext context) throws Exception {
        if (partner.flags() == MATCHED) {
            return;
        }
        if ((partner.flags() & ALONE) != 0 && keeps(input)) {
            context.retract(
                    single(input, partner.origin()),
                    partner.timeMillis(),
                    alone(input, partner.value()),
                    1,
                    context.pane());
        }
        context.put(input, partner.part(), KeptRows.flagged(bytes, MATCHED), partner.timeMillis());
    }

    private void pair(Row row, Kept partner, RowContext context) throws Exception {
        boolean isLeft = row.input() == LEFT;
        Object value = joiner.join(isLeft ? row.value() : partner.value(), isLeft ? partner.value() : row.value());
        byte[] left = isLeft ? row.origin() : partner.origin();
        byte[] right = isLeft ? partner.origin() : row.origin();
        ByteSink id = new ByteSink(64);
        id.write(PAIR);
        id.writeSized(left);
        id.write(right);
        long time = Math.max(row.timeMillis(), partner.timeMillis());
        context.emit(0, id.toByteArray(), time, value, 0, context.pane());
    }

    private void keep(Row row, int flags, RowContext context) throws Exception {
        int input = row.input();
        long over = row.timeMillis() + reach(input);
        int known = flags;
        if (over < context.closedUpTo && isBehind(context) && flags == 0) {
            known = ALONE;
            single(input, row.timeMillis(), row.origin(), row.value(), context, context.pane());
        } else if (!isBehind(context) || over >= context.closedUpTo) {
            context.setTimer(TimeDomain.EVENT_TIME, over);
        }
        byte[] kept = KeptRows.write(known, row.value(), codec(context, input));
        context.put(input, KeptRows.part(row), kept, row.timeMillis());
    }

    private static boolean isBehind(RowContext context) {
        return context.pane() != Pane.FINAL;
    }

    private void single(int input, long time, byte[] origin, Object value, RowContext context, Pane pane)
            throws Exception {
        if (keeps(input)) {
            context.emit(0, single(input, origin), time, alone(input, value), 0, pane);
        } else {
            context.drop(OperatorCounts.UNMATCHED);
        }
    }

    private static byte[] single(int input, byte[] origin) {
        ByteSink id = new ByteSink(32);
        id.write(SINGLE);
        id.write(input);
        id.write(origin);
        return id.toByteArray();
    }

    private Object alone(int input, Object value) throws Exception {
        return input == LEFT ? joiner.join(value, null) : joiner.join(null, value);
    }

    // ---- time ----

    @Override
    public void onTimer(TimeDomain domain, long timeMillis, RowContext context) throws Exception {
        for (int input = LEFT; input <= RIGHT; input++) {
            long over = timeMillis - reach(input);
            for (StateEntry entry : KeptRows.between(context, input, over, over)) {
                settle(input, entry, context);
            }
        }
    }

    /** No row to come matches it. */
    private void settle(int input, StateEntry entry, RowContext context) throws Exception {
        byte[] bytes = entry.value;
        if (bytes == null) {
            return;
        }
        Kept row = KeptRows.read(entry, bytes, codec(context, input));
        if (row.flags() == 0) {
            single(input, row.timeMillis(), row.origin(), row.value(), context, Pane.FINAL);
            if (correctableMillis > 0) {
                context.put(input, row.part(), KeptRows.flagged(bytes, ALONE), row.timeMillis());
            }
        }
    }
}
