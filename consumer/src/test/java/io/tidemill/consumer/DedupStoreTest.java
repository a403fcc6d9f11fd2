package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** What stores remember, and what a sink makes of it. */
final class DedupStoreTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

    @Test
    void inMemoryForgetsBeyondItsBounds() {
        InMemoryDedupStore store = InMemoryDedupStore.upTo(2, Duration.ofMinutes(1), now::get);
        remembers(store);
        store.begin("b");
        store.begin("c");
        assertThat(store.begin("a")).as("only two are remembered").isEqualTo(DedupStore.Known.FIRST);
        now.updateAndGet(time -> time.plusSeconds(61));
        assertThat(store.begin("a")).as("it is too old").isEqualTo(DedupStore.Known.FIRST);
    }

    @Test
    void inADatabase() throws Exception {
        JdbcDedupStore store =
                JdbcDedupStore.in(Services.database(), "dedup_store_test", Duration.ofHours(1), now::get);
        remembers(store);
        store.begin("zombie");
        store.forget("zombie");
        store.finish("zombie");
        assertThat(store.begin("zombie"))
                .as("another process forgot it while it was handled")
                .isEqualTo(DedupStore.Known.FINISHED);
        now.updateAndGet(time -> time.plusSeconds(3_700));
        assertThat(store.begin("a")).as("its time is over").isEqualTo(DedupStore.Known.FIRST);
    }

    private static void remembers(DedupStore store) {
        try {
            assertThat(store.begin("a")).isEqualTo(DedupStore.Known.FIRST);
            assertThat(store.begin("a")).isEqualTo(DedupStore.Known.UNFINISHED);
            store.forget("a");
            assertThat(store.begin("a")).isEqualTo(DedupStore.Known.FIRST);
            store.finish("a");
            store.forget("a");
            assertThat(store.begin("a")).isEqualTo(DedupStore.Known.FINISHED);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aSinkHandlesOnceAndForgetsFailures() throws Exception {
        InMemoryDedupStore store = InMemoryDedupStore.upTo(10, Duration.ofMinutes(1));
        List<String> effects = new ArrayList<>();
        Handler<byte[], byte[]> once = IdempotentSink.remembering(store)
                .by(EventIds.key())
                .around((record, id) -> {
                    effects.add(id);
                    if (effects.size() == 1) {
                        throw new IllegalStateException("the first time");
                    }
                });
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>("t", 0, 5, new byte[] {'k'}, new byte[0]);
        assertThatThrownBy(() -> once.handle(record)).hasMessage("the first time");
        once.handle(record);
        once.handle(record);
        assertThat(effects).containsExactly("k", "k");
        assertThat(EventIds.position().apply(record)).isEqualTo("t-0-5");
        assertThatThrownBy(() -> EventIds.header("id").apply(record)).hasMessageContaining("no header id");
    }

    @Test
    void anUnfinishedEventIsSkippedIfSoWished() throws Exception {
        InMemoryDedupStore store = InMemoryDedupStore.upTo(10, Duration.ofMinutes(1));
        store.begin("t-0-5");
        List<String> effects = new ArrayList<>();
        IdempotentSink sink = IdempotentSink.remembering(store);
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>("t", 0, 5, new byte[0], new byte[0]);
        IdempotentSink.EventHandler<byte[], byte[]> handler = (event, id) -> effects.add(id);
        sink.unfinished(IdempotentSink.Unfinished.SKIP).around(handler).handle(record);
        assertThat(effects).isEmpty();
        sink.around(handler).handle(record);
        assertThat(effects).containsExactly("t-0-5");
    }
}
