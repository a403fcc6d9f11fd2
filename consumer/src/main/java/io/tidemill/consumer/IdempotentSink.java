package io.tidemill.consumer;

import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Makes repeats harmless for targets without transactions: an event whose id is remembered as finished is not handled again.
 * To be used with {@link CommitAfterProcessing}, which loses nothing.
 *
 * <p>The store is told before and after the handler, and that is two writes beside the handler's effect. So:
 *
 * <ul>
 *   <li>died before the first write: handled after the restart, once;
 *   <li>died after the second: not handled again;
 *   <li>died between: nobody can know whether the effect took place. {@link Unfinished} says what happens then.
 * </ul>
 *
 * <p>For effects exactly once in that last case too, either the target must recognise the event id, which the handler
 * is given (as an idempotency key, or the key of an upsert), with {@link Unfinished#REPEAT}; or id and effect must be one
 * write: {@link JdbcDedupStore#inTransaction}.
 *
 * <p>The promise ends with the store's retention: an event that is repeated after its id was removed is handled again.
 */
public final class IdempotentSink {
    /** What to do with an event that was begun and not finished. */
    public enum Unfinished {
        /** Handle it again: at least once. If its first handler still runs, in a process that lost its partition, both run. */
        REPEAT,
        /** Take it for handled: at most once, except that an event whose handler throws is forgotten, and so repeated. */
        SKIP
    }

    /** A handler that knows the event's id. */
    @FunctionalInterface
    public interface EventHandler<K, V> {
        /** As {@link Handler#handle}. */
        void handle(ConsumerRecord<K, V> record, String eventId) throws Exception;
    }

    private final DedupStore store;
    private final Function<ConsumerRecord<?, ?>, String> eventId;
    private final Unfinished unfinished;

    private IdempotentSink(DedupStore store, Function<ConsumerRecord<?, ?>, String> eventId, Unfinished unfinished) {
        this.store = store;
        this.eventId = eventId;
        this.unfinished = unfinished;
    }

    /** By {@link EventIds#position}, repeating what is unfinished, unless told otherwise. */
    public static IdempotentSink remembering(DedupStore store) {
        return new IdempotentSink(store, EventIds.position(), Unfinished.REPEAT);
    }

    /** See {@link EventIds}. */
    public IdempotentSink by(Function<ConsumerRecord<?, ?>, String> eventId) {
        return new IdempotentSink(store, eventId, unfinished);
    }

    public IdempotentSink unfinished(Unfinished unfinished) {
        return new IdempotentSink(store, eventId, unfinished);
    }

    public <K, V> Handler<K, V> around(EventHandler<K, V> handler) {
        return record -> {
            String id = eventId.apply(record);
            DedupStore.Known known = store.begin(id);
            if (known == DedupStore.Known.FIRST
                    || (known == DedupStore.Known.UNFINISHED && unfinished == Unfinished.REPEAT)) {
                handle(handler, record, id);
            }
        };
    }

    private <K, V> void handle(EventHandler<K, V> handler, ConsumerRecord<K, V> record, String id) throws Exception {
        try {
            handler.handle(record, id);
        } catch (Exception e) {
            forget(id, e);
            throw e;
        }
        store.finish(id);
    }

    private void forget(String id, Exception failure) {
        try {
            store.forget(id);
        } catch (Exception e) {
            failure.addSuppressed(e);
        }
    }
}
