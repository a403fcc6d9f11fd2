package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Result;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.api.process.ProcessOrder;
import io.tidemill.examples.nexmark.Auction;
import io.tidemill.examples.nexmark.Bid;
import io.tidemill.examples.nexmark.Person;
import io.tidemill.examples.nexmark.Topics;
import io.tidemill.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Queries as pipelines. Each is named {@code nexmark-qN} and writes to a topic of that name with {@code -results} behind it. What it
 * answers when its late records are corrected is {@link ReferenceAnswers#q0() ReferenceAnswers} of the same name. Functions do not
 * correct: queries 4, 6 and 9 leave late records in the late topic.
 */
public final class Queries {
    /** The usual bound of the benchmark. What comes later is corrected. */
    public static final Duration OUT_OF_ORDER_BY = Duration.ofSeconds(4);

    private static final Watermark WATERMARK = Watermark.outOfOrderBy(OUT_OF_ORDER_BY);
    private static final Duration WINDOW = Duration.ofSeconds(10);
    private static final Duration SLIDE = Duration.ofSeconds(2);
    private static final long SELECTED_EVERY = 123;
    private static final Set<String> LOCAL_STATES = Set.of("OR", "ID", "CA");
    private static final long LOCAL_CATEGORY = 10;
    private static final String ONE_KEY = "all";

    private Queries() {}

    /** Each of them once, by number. */
    public static List<Pipeline> all() {
        return List.of(
                q0(),
                q1(),
                q2(),
                q3(),
                q4(),
                q5(),
                q5Chained(),
                q6(),
                q7(),
                q7Chained(),
                q8(),
                q9(),
                sales(),
                q11(),
                q12());
    }

    public static Pipeline q0() {
        return bids("q0").to(results("q0"), Topics.BIDS.codec());
    }

    public static Pipeline q1() {
        return bids("q1").map(BidInEuros::of).to(results("q1"), Json.of(BidInEuros.class));
    }

    public static Pipeline q2() {
        return bids("q2")
                .filter(bid -> bid.auction() % SELECTED_EVERY == 0)
                .map(BidPrice::of)
                .to(results("q2"), Json.of(BidPrice.class));
    }

    /** In the order of arrival: nothing is late, and nothing waits. */
    public static Pipeline q3() {
        Pipeline.Start start = start("q3");
        KeyedStream<Long, Person> sellers = start.from(Topics.PERSONS)
                .filter(person -> LOCAL_STATES.contains(person.state()))
                .keyBy(Person::id, Codec.int64());
        KeyedStream<Long, Auction> auctions = start.from(Topics.AUCTIONS)
                .filter(auction -> auction.category() == LOCAL_CATEGORY)
                .keyBy(Auction::seller, Codec.int64());
        return sellers.connect(auctions)
                .process(
                        new LocalItems(),
                        Json.of(LocalItem.class),
                        ProcessOptions.defaults().order(ProcessOrder.ARRIVAL))
                .to(results("q3"), Json.of(LocalItem.class));
    }

    /** A running average of the winning bids: the newest result of each category counts. */
    public static Pipeline q4() {
        return averageByCategory(winningBids("q4"));
    }

    /** In one window of one key, which counts the bids of every auction; a result holds all rows of its window. */
    public static Pipeline q5() {
        return timedBids("q5")
                .keyBy(bid -> ONE_KEY)
                .window(Sliding.of(WINDOW, SLIDE))
                .aggregate(Aggregate.mostFrequent(Bid::auction, Codec.int64(), HotItems.TIES_MAX))
                .to(results("q5"), HotItems::of, Json.of(HotItems.class));
    }

    /** As {@link #q5}, as two windows: bids by auction, and then the most of them in each of the windows. */
    public static Pipeline q5Chained() {
        return timedBids("q5-chained")
                .keyBy(Bid::auction, Codec.int64())
                .window(Sliding.of(WINDOW, SLIDE))
                .aggregate(Aggregate.count())
                .as("bids-per-auction")
                .results(Codec.int64())
                .keyBy(count -> ONE_KEY)
                // A result happens at its window's last millisecond: in each slide one window ends.
                .window(Tumbling.of(SLIDE))
                .aggregate(Aggregate.allMaxBy(Result::value, HotItem::of, Json.of(HotItem.class)))
                .as("hot-items")
                .to(results("q5-chained"), result -> new HotItems(result.value()), Json.of(HotItems.class));
    }

    public static Pipeline q6() {
        return lastSalesBySeller(winningBids("q6"));
    }

    /** In one window of one key, which holds the highest bids; a result holds all rows of its window. */
    public static Pipeline q7() {
        return timedBids("q7")
                .keyBy(bid -> ONE_KEY)
                .window(Tumbling.of(WINDOW))
                .aggregate(Aggregate.allMaxBy(Bid::price, bid -> bid, Topics.BIDS.codec()))
                .to(results("q7"), HighestBids::of, Json.of(HighestBids.class));
    }

    /** As {@link #q7}, by a join of the bids with the highest price of their window. Any number of bids may share it. */
    public static Pipeline q7Chained() {
        EventStream<Bid> bids = timedBids("q7-chained");
        KeyedStream<Long, Result<String, Long>> highest = bids.keyBy(bid -> ONE_KEY)
                .window(Tumbling.of(WINDOW))
                .aggregate(Aggregate.max(Bid::price))
                .as("highest-price")
                .results(Codec.int64())
                .keyBy(Result::value, Codec.int64());
        return bids.keyBy(Bid::price, Codec.int64())
                .join(highest)
                .window(Tumbling.of(WINDOW))
                .inner(HighestBid::of, Json.of(HighestBid.class))
                .to(results("q7-chained"), Json.of(HighestBid.class));
    }

    public static Pipeline q8() {
        Pipeline.Start start = start("q8");
        KeyedStream<Long, Person> persons = start.from(Topics.PERSONS)
                .eventTime(Person::dateTime, WATERMARK)
                .keyBy(Person::id, Codec.int64());
        KeyedStream<Long, Long> sellers =
                timedAuctions(start).map(Auction::seller, Codec.int64()).keyBy(seller -> seller, Codec.int64());
        return persons.join(sellers)
                .window(Tumbling.of(WINDOW))
                .coGroup((came, opened) -> NewSellers.of(came, opened, WINDOW), Json.of(NewSellers.class))
                .flatMap(NewSellers::sellers)
                .to(results("q8"), Json.of(NewSeller.class));
    }

    public static Pipeline q9() {
        return eachWinningBid(winningBids("q9"));
    }

    /** Queries 4, 6 and 9 in one pipeline, which finds the winning bids once; the results go to the topics of each. */
    public static Pipeline sales() {
        EventStream<WinningBid> winning = winningBids("sales");
        return Pipeline.of(averageByCategory(winning), lastSalesBySeller(winning), eachWinningBid(winning));
    }

    public static Pipeline q11() {
        return timedBids("q11")
                .keyBy(Bid::bidder, Codec.int64())
                .window(Session.withGap(WINDOW))
                .aggregate(Aggregate.count())
                .to(results("q11"), BidderSession::of, Json.of(BidderSession.class));
    }

    /** Records' timestamps are taken for the time of processing. They rise in every partition, so nothing is late. */
    public static Pipeline q12() {
        return bids("q12")
                .eventTime(Watermark.outOfOrderBy(Duration.ZERO))
                .keyBy(Bid::bidder, Codec.int64())
                .window(Tumbling.of(WINDOW))
                .aggregate(Aggregate.count())
                .to(results("q12"), BidderCount::of, Json.of(BidderCount.class));
    }

    // ---- what several have in common ----

    private static EventStream<WinningBid> winningBids(String query) {
        Pipeline.Start start = start(query);
        return timedAuctions(start)
                .keyBy(Auction::id, Codec.int64())
                .connect(timed(start.from(Topics.BIDS)).keyBy(Bid::auction, Codec.int64()))
                .process(new WinningBids(), Json.of(WinningBid.class))
                .as("winning-bids");
    }

    private static Pipeline averageByCategory(EventStream<WinningBid> winning) {
        return winning.keyBy(WinningBid::category, Codec.int64())
                .aggregate(Aggregate.average(WinningBid::price))
                .as("average-price")
                .to(results("q4"), CategoryPrice::of, Json.of(CategoryPrice.class));
    }

    private static Pipeline lastSalesBySeller(EventStream<WinningBid> winning) {
        return winning.keyBy(WinningBid::seller, Codec.int64())
                .process(new SellingPrices(), Json.of(SellingPrice.class))
                .as("selling-prices")
                .to(results("q6"), Json.of(SellingPrice.class));
    }

    private static Pipeline eachWinningBid(EventStream<WinningBid> winning) {
        return winning.to(results("q9"), Json.of(WinningBid.class));
    }

    private static EventStream<Auction> timedAuctions(Pipeline.Start start) {
        return start.from(Topics.AUCTIONS).eventTime(Auction::dateTime, WATERMARK);
    }

    private static EventStream<Bid> timedBids(String query) {
        return timed(bids(query));
    }

    private static EventStream<Bid> timed(EventStream<Bid> bids) {
        return bids.eventTime(Bid::dateTime, WATERMARK);
    }

    private static EventStream<Bid> bids(String query) {
        return start(query).from(Topics.BIDS);
    }

    private static Pipeline.Start start(String query) {
        return Pipeline.named("nexmark-" + query);
    }

    private static String results(String query) {
        return "nexmark-" + query + "-results";
    }
}
