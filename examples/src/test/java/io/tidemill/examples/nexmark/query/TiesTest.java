package io.tidemill.examples.nexmark.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.tidemill.api.Counted;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What shares the first place is told as a whole or not at all. */
class TiesTest {
    private static final Window WINDOW = new Window(0, 10_000);

    @Test
    void auctionsWithEquallyManyBids() {
        Counted<Long> first = new Counted<>(7L, 5);
        List<Counted<Long>> counts = List.of(first, new Counted<>(8L, 5), new Counted<>(9L, 4));
        assertThat(HotItems.of(result(counts)).items())
                .extracting(HotItem::auction)
                .containsExactly(7L, 8L);
        assertThat(HotItems.of(result(Collections.nCopies(999, first))).items()).hasSize(999);
        assertThatIllegalStateException()
                .isThrownBy(() -> HotItems.of(result(Collections.nCopies(1_000, first))))
                .withMessageContaining("1000 auctions or more have 5 bids");
    }

    private static <V> Result<String, V> result(V value) {
        return new Result<>("all", WINDOW, value, 0);
    }
}
