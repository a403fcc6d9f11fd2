package io.tidemill.engine;

import io.tidemill.api.plan.Row;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.api.process.Ttl;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the elements of a key, one by one. Keeps nothing in fields: one operator serves all lanes, each on a thread
 * of its own; for one key it is called by one at a time. What it throws makes a dead letter of the element or timer, and
 * undoes what the call did.
 *
 * <p>In event-time order rows come in {@link Row#ORDER}, timers between them: a timer after all rows of its time and before.
 * The exceptions are rows that are behind: on time, but the operator had gone on, since their partition was idle; and late
 * ones. Both have a time before {@link RowContext#closedUpTo}, and the context's pane is not final.
 */
interface RowOperator {
    /**
     * State that it keeps by key.
     *
     * @param ttlMillis how long an entry is kept after it was last written; {@link #FOREVER} to keep it
     * @param domain the clock of that time to live
     */
    record Slot(String name, String format, long ttlMillis, TimeDomain domain) {
        /** Without a time to live. */
        static final long FOREVER = -1;

        static Slot of(String name, String format, @Nullable Ttl ttl) {
            return ttl == null
                    ? new Slot(name, format, FOREVER, TimeDomain.EVENT_TIME)
                    : new Slot(name, format, ttl.duration().toMillis(), ttl.domain());
        }

        static Slot inEventTime(String name, String format, long ttlMillis) {
            return new Slot(name, format, ttlMillis, TimeDomain.EVENT_TIME);
        }

        boolean expires() {
            return ttlMillis != FOREVER;
        }
    }

    /** Those of one operator are in the state by their name, and in the context by their place. */
    List<Slot> slots();

    void process(Row row, RowContext context) throws Exception;

    /** A timer of {@code domain} goes off, which has been removed. */
    void onTimer(TimeDomain domain, long timeMillis, RowContext context) throws Exception;

    /**
     * What an entry of a state holds, for people, as far as it can be told.
     *
     * @param slot the place of the state
     */
    default String decode(ProcessPlan plan, int slot, byte[] part, byte[] value) throws Exception {
        return value.length + " bytes";
    }

    /** How far rows may be behind that it can still be given, in event time; {@link Long#MAX_VALUE} if any may. */
    default long behindMaxMillis() {
        return 0;
    }

    /** Null if late rows, no further behind than {@link #behindMaxMillis}, can be given to {@link #process}; else why not. */
    @Nullable
    String lateRefusal();

    /** How far results may happen before the rows and timers that make them. */
    default long heldBackMillis() {
        return 0;
    }
}
