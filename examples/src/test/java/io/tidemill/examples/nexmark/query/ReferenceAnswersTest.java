package io.tidemill.examples.nexmark.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tidemill.examples.nexmark.Arrival;
import io.tidemill.examples.nexmark.Auction;
import io.tidemill.examples.nexmark.Bid;
import io.tidemill.examples.nexmark.Event;
import io.tidemill.examples.nexmark.Person;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

/** Answers found with pencil and paper. Times are in milliseconds since a minute began. */
class ReferenceAnswersTest {
    private static final Instant MINUTE = Instant.parse("2023-11-15T12:00:00Z");

    @Test
    void q0ToQ2() {
        Bid one = bid(1_000, 1, 150, 0);
        Bid two = bid(1_107, 2, 1_000, 1); // 9 * 123
        ReferenceAnswers answers = answers(one, two, person(1, "OR", 2));

        assertThat(answers.q0()).isEqualTo(Answer.of(List.of(two, one)));
        assertThat(answers.q1().rows())
                .extracting(BidInEuros::price)
                .containsExactlyInAnyOrder(new BigDecimal("136.200"), new BigDecimal("908.000"));
        assertThat(answers.q2()).isEqualTo(Answer.of(List.of(new BidPrice(1_107, 1_000))));
    }

    @Test
    void q3JoinsPersonsAndAuctionsWheneverTheyCame() {
        ReferenceAnswers answers = answers(
                auction(10, 1, 10, 0, 0, 1), // before its seller
                person(1, "OR", 5_000),
                person(2, "ID", 5_000),
                person(3, "CA", 5_000),
                person(4, "WA", 5_000), // of another state
                auction(11, 1, 10, 0, 9_000, 9_001),
                auction(12, 2, 11, 0, 9_000, 9_001), // of another category
                auction(13, 3, 10, 0, 9_000, 9_001),
                auction(14, 4, 10, 0, 9_000, 9_001),
                auction(15, 5, 10, 0, 9_000, 9_001)); // nobody's

        assertThat(answers.q3())
                .isEqualTo(Answer.of(List.of(
                        new LocalItem("name of 1", "city", "OR", 10),
                        new LocalItem("name of 1", "city", "OR", 11),
                        new LocalItem("name of 3", "city", "CA", 13))));
    }

    @Test
    void q4AveragesWinningBids() {
        ReferenceAnswers answers = answers(
                auction(1, 1, 10, 100, 1_000, 2_000),
                bid(1, 7, 900, 999), // too early
                bid(1, 7, 100, 1_000),
                bid(1, 7, 200, 2_000), // wins, at the last moment
                bid(1, 7, 900, 2_001), // too late
                auction(2, 1, 10, 500, 1_000, 2_000),
                bid(2, 7, 500, 1_500), // just enough
                auction(3, 1, 10, 500, 1_000, 2_000),
                bid(3, 7, 499, 1_500), // not enough
                auction(4, 1, 11, 500, 1_000, 2_000),
                bid(4, 7, 499, 1_500),
                auction(5, 1, 12, 0, 1_000, 2_000),
                bid(5, 7, 3, 1_500),
                bid(99, 7, 900, 1_500)); // for nothing

        assertThat(answers.q4()).isEqualTo(Answer.of(List.of(new CategoryPrice(10, 350), new CategoryPrice(12, 3))));
    }

    @Test
    void q5CountsInWindowsThatOverlap() {
        ReferenceAnswers answers =
                answers(bid(1, 7, 1, 10_000), bid(1, 7, 1, 11_999), bid(2, 7, 1, 12_000), bid(2, 7, 1, 19_999));

        assertThat(answers.q5())
                .isEqualTo(Answer.of(List.of(
                        hot(2, 1, 2),
                        hot(4, 1, 2),
                        hot(6, 1, 2),
                        hot(8, 1, 2),
                        hot(10, 1, 2),
                        hot(10, 2, 2), // the only window with all of them
                        hot(12, 2, 2),
                        hot(14, 2, 1),
                        hot(16, 2, 1),
                        hot(18, 2, 1))));
    }

    private static HotItem hot(long startSecond, long auction, long bids) {
        Instant start = MINUTE.plusSeconds(startSecond);
        return new HotItem(start, start.plusSeconds(10), auction, bids);
    }

    @Test
    void q6AveragesTheLastTenSalesInTheOrderOfExpiry() {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            long auction = 112L - i; // expires the earlier, the greater its id is
            events.add(auction(auction, 1, 10, 0, 0, 1_000 + i));
            events.add(bid(auction, 7, 1L << i, 500));
        }
        events.add(auction(200, 2, 10, 0, 0, 1_000));
        events.add(auction(201, 2, 10, 0, 0, 1_000)); // expires with the one before it
        events.add(auction(202, 2, 10, 9, 0, 1_001)); // not sold
        events.add(bid(200, 7, 4, 500));
        events.add(bid(201, 7, 8, 500));
        events.add(bid(202, 7, 8, 500));

        List<SellingPrice> rows = answers(events.toArray(Event[]::new)).q6().rows();
        assertThat(rows)
                .hasSize(14)
                .contains(
                        new SellingPrice(1, 112, 1),
                        new SellingPrice(1, 111, 1.5),
                        new SellingPrice(1, 103, 102.3), // 1 to 2^9
                        new SellingPrice(1, 102, 204.6), // 2 to 2^10
                        new SellingPrice(1, 101, 409.2), // 4 to 2^11
                        new SellingPrice(2, 200, 4),
                        new SellingPrice(2, 201, 6));
    }

    @Test
    void q7HasAllBidsOfTheHighestPrice() {
        Bid one = bid(1, 7, 5, 10_000);
        Bid two = bid(2, 7, 5, 19_999);
        Bid three = bid(3, 7, 4, 20_000);
        assertThat(answers(one, bid(1, 7, 4, 15_000), two, three).q7().rows())
                .extracting(HighestBid::windowStart, HighestBid::auction)
                .containsExactlyInAnyOrder(highest(10, 1), highest(10, 2), highest(20, 3));
    }

    private static Tuple highest(long second, long auction) {
        return tuple(MINUTE.plusSeconds(second), auction);
    }

    @Test
    void q8WantsPersonAndAuctionInOneWindow() {
        ReferenceAnswers answers = answers(
                auction(10, 1, 10, 0, 10_000, 10_001),
                auction(11, 1, 10, 0, 11_000, 11_001), // counts no second time
                person(1, "OR", 19_999),
                person(2, "OR", 19_999),
                auction(12, 2, 10, 0, 20_000, 20_001), // a window later
                person(3, "OR", 19_999));

        assertThat(answers.q8()).isEqualTo(Answer.of(List.of(new NewSeller(1, "name of 1", MINUTE.plusSeconds(10)))));
    }

    @Test
    void q9PrefersTheHigherThenTheEarlierBidThenTheSmallerBidder() {
        ReferenceAnswers answers = answers(
                auction(1, 3, 10, 0, 0, 2_000),
                bid(1, 7, 100, 1_000),
                bid(1, 9, 200, 1_500),
                bid(1, 8, 200, 1_500),
                bid(1, 7, 200, 1_501),
                auction(2, 3, 10, 0, 0, 2_000));

        assertThat(answers.q9()).isEqualTo(Answer.of(List.of(new WinningBid(1, 3, 10, at(2_000), 8, 200, at(1_500)))));
    }

    @Test
    void q11CutsWherePausesAreLongerThanTheGap() {
        ReferenceAnswers answers = answers(
                bid(1, 7, 1, 30_001),
                bid(1, 7, 1, 20_000),
                bid(1, 7, 1, 10_000), // exactly the gap before the one at 20 s
                bid(1, 8, 1, 10_000));

        assertThat(answers.q11())
                .isEqualTo(Answer.of(List.of(
                        new BidderSession(7, at(10_000), at(20_001), 2),
                        new BidderSession(7, at(30_001), at(30_002), 1),
                        new BidderSession(8, at(10_000), at(10_001), 1))));
    }

    @Test
    void q12CountsByArrival() {
        Bid bid = bid(1, 7, 1, 10_000);
        ReferenceAnswers answers = ReferenceAnswers.to(
                List.of(new Arrival(bid, at(10_000)), new Arrival(bid, at(19_999)), new Arrival(bid, at(20_000))));

        assertThat(answers.q12())
                .isEqualTo(Answer.of(List.of(
                        new BidderCount(7, at(10_000), at(20_000), 2), new BidderCount(7, at(20_000), at(30_000), 1))));
    }

    @Test
    void whereNothingHappensThereIsNoAnswer() {
        ReferenceAnswers answers = answers();
        assertThat(Stream.of(
                        answers.q0(),
                        answers.q1(),
                        answers.q2(),
                        answers.q3(),
                        answers.q4(),
                        answers.q5(),
                        answers.q6(),
                        answers.q7(),
                        answers.q8(),
                        answers.q9(),
                        answers.q11(),
                        answers.q12()))
                .allSatisfy(answer -> assertThat(answer.size()).isZero());
    }

    private static ReferenceAnswers answers(Event... events) {
        return ReferenceAnswers.to(Stream.of(events)
                .map(event -> new Arrival(event, event.dateTime()))
                .toList());
    }

    private static Person person(long id, String state, long at) {
        return new Person(id, "name of " + id, "", "", "city", state, at(at), "");
    }

    private static Auction auction(long id, long seller, long category, long reserve, long at, long expires) {
        return new Auction(id, "", "", 0, reserve, at(at), at(expires), seller, category, "");
    }

    private static Bid bid(long auction, long bidder, long price, long at) {
        return new Bid(auction, bidder, price, "", "", at(at), "");
    }

    private static Instant at(long millis) {
        return MINUTE.plus(Duration.ofMillis(millis));
    }
}
