package io.tidemill.examples.nexmark.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerTest {
    private final BidPrice one = new BidPrice(1, 10);
    private final BidPrice two = new BidPrice(2, 20);

    @Test
    void orderMeansNothing() {
        assertThat(Answer.of(List.of(one, two)))
                .isEqualTo(Answer.of(List.of(two, one)))
                .hasSameHashCodeAs(Answer.of(List.of(two, one)))
                .hasToString("Answer[BidPrice[auction=1, price=10], BidPrice[auction=2, price=20]]");
        assertThat(Answer.of(List.of(two, one)).rows()).containsExactly(one, two);
    }

    @Test
    void rowsAreCounted() {
        Answer<BidPrice> twice = Answer.of(List.of(one, one));
        assertThat(twice.size()).isEqualTo(2);
        assertThat(twice).isNotEqualTo(Answer.of(List.of(one)));
        assertThat(twice.difference(Answer.of(List.of(one)))).isEqualTo("missing: 1 rows\n  " + one + "\n");
    }

    @Test
    void differencesAreTold() {
        assertThat(Answer.of(List.of(one)).difference(Answer.of(List.of(one)))).isEmpty();
        assertThat(Answer.of(List.of(one)).difference(Answer.of(List.of(two))))
                .isEqualTo("missing: 1 rows\n  " + one + "\nunexpected: 1 rows\n  " + two + "\n");
        assertThat(Answer.of(Collections.nCopies(11, one)).difference(Answer.of(List.of())))
                .startsWith("missing: 11 rows\n")
                .endsWith("  …\n")
                .hasLineCount(12);
    }
}
