package io.tidemill.testkit.nexmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Pipeline;
import io.tidemill.examples.nexmark.Arrival;
import io.tidemill.examples.nexmark.Bid;
import io.tidemill.examples.nexmark.Disorder;
import io.tidemill.examples.nexmark.NexmarkSettings;
import io.tidemill.examples.nexmark.query.Answer;
import io.tidemill.examples.nexmark.query.BidInEuros;
import io.tidemill.examples.nexmark.query.BidPrice;
import io.tidemill.examples.nexmark.query.BidderCount;
import io.tidemill.examples.nexmark.query.BidderSession;
import io.tidemill.examples.nexmark.query.CategoryPrice;
import io.tidemill.examples.nexmark.query.HighestBid;
import io.tidemill.examples.nexmark.query.HighestBids;
import io.tidemill.examples.nexmark.query.HotItems;
import io.tidemill.examples.nexmark.query.LocalItem;
import io.tidemill.examples.nexmark.query.NewSeller;
import io.tidemill.examples.nexmark.query.Queries;
import io.tidemill.examples.nexmark.query.ReferenceAnswers;
import io.tidemill.examples.nexmark.query.SellingPrice;
import io.tidemill.examples.nexmark.query.WinningBid;
import io.tidemill.testkit.Seeds;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The queries give the reference's answers to events of which three in ten come late, by up to three times what the watermark waits
 * for, when the late ones are corrected.
 */
final class NexmarkQueriesTest {
    private static final Disorder LATE = new Disorder(0.3, Queries.OUT_OF_ORDER_BY.multipliedBy(3));
    private static final Disorder PUNCTUAL = new Disorder(0.3, Queries.OUT_OF_ORDER_BY);
    private static final int EVENTS = Integer.getInteger("tidemill.nexmark.events", 5_000);

    /** Slow enough for many windows, so few are in flight that bidders pause. */
    private static List<Arrival> arrivals(long seed, Disorder disorder) {
        return NexmarkRig.arrivals(NexmarkSettings.of(seed, EVENTS)
                .eventsPerSecond(50)
                .newest(20, 20)
                .disorder(disorder));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q0PassThrough(int lanes) throws Exception {
        check(Queries.q0(), lanes, false, ReferenceAnswers::q0, rig -> rig.answer(Bid.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q1CurrencyConversion(int lanes) throws Exception {
        check(Queries.q1(), lanes, false, ReferenceAnswers::q1, rig -> rig.answer(BidInEuros.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q2Selection(int lanes) throws Exception {
        check(Queries.q2(), lanes, false, ReferenceAnswers::q2, rig -> rig.answer(BidPrice.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q3LocalItems(int lanes) throws Exception {
        check(Queries.q3(), lanes, false, ReferenceAnswers::q3, rig -> rig.answer(LocalItem.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q4AveragePriceByCategory(int lanes) throws Exception {
        checkPunctual(Queries.q4(), lanes, ReferenceAnswers::q4, rig -> rig.answer(CategoryPrice.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q5HotItems(int lanes) throws Exception {
        check(Queries.q5(), lanes, true, ReferenceAnswers::q5, rig -> rig.answer(HotItems.class, HotItems::items));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q5HotItemsChained(int lanes) throws Exception {
        check(
                Queries.q5Chained(),
                lanes,
                true,
                ReferenceAnswers::q5,
                rig -> rig.answer(HotItems.class, HotItems::items));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q6AveragePriceBySeller(int lanes) throws Exception {
        checkPunctual(Queries.q6(), lanes, ReferenceAnswers::q6, rig -> rig.answer(SellingPrice.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q7HighestBid(int lanes) throws Exception {
        check(Queries.q7(), lanes, true, ReferenceAnswers::q7, rig -> rig.answer(HighestBids.class, HighestBids::bids));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q7HighestBidChained(int lanes) throws Exception {
        check(Queries.q7Chained(), lanes, true, ReferenceAnswers::q7, rig -> rig.answer(HighestBid.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q8NewUsersWhoSell(int lanes) throws Exception {
        check(Queries.q8(), lanes, true, ReferenceAnswers::q8, rig -> rig.answer(NewSeller.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q9WinningBids(int lanes) throws Exception {
        checkPunctual(Queries.q9(), lanes, ReferenceAnswers::q9, rig -> rig.answer(WinningBid.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void winningBidsFoundOnceForThreeQueries(int lanes) throws Exception {
        checkPunctual(
                Queries.sales(),
                lanes,
                ReferenceAnswers::q4,
                rig -> rig.answer(CategoryPrice.class, "nexmark-q4-results"));
        checkPunctual(
                Queries.sales(),
                lanes,
                ReferenceAnswers::q6,
                rig -> rig.answer(SellingPrice.class, "nexmark-q6-results"));
        checkPunctual(
                Queries.sales(),
                lanes,
                ReferenceAnswers::q9,
                rig -> rig.answer(WinningBid.class, "nexmark-q9-results"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q11UserSessions(int lanes) throws Exception {
        check(Queries.q11(), lanes, true, ReferenceAnswers::q11, rig -> rig.answer(BidderSession.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void q12BidsByProcessingTime(int lanes) throws Exception {
        check(Queries.q12(), lanes, false, ReferenceAnswers::q12, rig -> rig.answer(BidderCount.class));
    }

    /** @param isLate whether the query calls any of the events late */
    private static <R> void check(
            Pipeline pipeline,
            int lanes,
            boolean isLate,
            Function<ReferenceAnswers, Answer<R>> reference,
            Function<NexmarkRig, Answer<R>> answer)
            throws Exception {
        Seeds.run(seed -> check(pipeline, lanes, isLate, arrivals(seed, LATE), seed, reference, answer));
    }

    /** Of a query that does not correct: events out of order, but none of them later than the watermark waits for. */
    private static <R> void checkPunctual(
            Pipeline pipeline,
            int lanes,
            Function<ReferenceAnswers, Answer<R>> reference,
            Function<NexmarkRig, Answer<R>> answer)
            throws Exception {
        Seeds.run(seed -> check(pipeline, lanes, false, arrivals(seed, PUNCTUAL), seed, reference, answer));
    }

    private static <R> void check(
            Pipeline pipeline,
            int lanes,
            boolean isLate,
            List<Arrival> arrivals,
            long seed,
            Function<ReferenceAnswers, Answer<R>> reference,
            Function<NexmarkRig, Answer<R>> answer) {
        Answer<R> expected = reference.apply(ReferenceAnswers.to(arrivals));
        assertThat(expected.size()).isPositive();
        try (NexmarkRig rig = NexmarkRig.run(pipeline, arrivals, lanes, seed)) {
            assertThat(expected.difference(answer.apply(rig))).isEmpty();
            assertThat(rig.late().isEmpty()).isEqualTo(!isLate);
            rig.assertAccountedFor();
            rig.assertAuditIsClean(pipeline);
        }
    }
}
