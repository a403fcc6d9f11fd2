package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.examples.nexmark.Bid;
import io.tidemill.examples.nexmark.Topics;
import io.tidemill.json.Json;
import java.time.Duration;

/**
 * Queries as pipelines. Each is named {@code nexmark-qN} and writes to a topic of that name with {@code -results} behind it. What it
 * answers when its late records are corrected is {@link ReferenceAnswers#q0() ReferenceAnswers} of the same name.
 */
public final class Queries {
    /** The usual bound of the benchmark. What comes later is corrected. */
    public static final Duration OUT_OF_ORDER_BY = Duration.ofSeconds(4);

    private static final Duration WINDOW = Duration.ofSeconds(10);
    private static final Duration SLIDE = Duration.ofSeconds(2);
    private static final long SELECTED_EVERY = 123;
    private static final String ONE_KEY = "all";

    private Queries() {}

    public static Pipeline q0() {
        return bids(0).to(results(0), Topics.BIDS.codec());
    }

    public static Pipeline q1() {
        return bids(1).map(BidInEuros::of).to(results(1), Json.of(BidInEuros.class));
    }

    public static Pipeline q2() {
        return bids(2).filter(bid -> bid.auction() % SELECTED_EVERY == 0)
                .map(BidPrice::of)
                .to(results(2), Json.of(BidPrice.class));
    }

    /** In one window of one key, which counts the bids of every auction; a result holds all rows of its window. */
    public static Pipeline q5() {
        return timedBids(5)
                .keyBy(bid -> ONE_KEY)
                .window(Sliding.of(WINDOW, SLIDE))
                .aggregate(Aggregate.mostFrequent(Bid::auction, Codec.int64(), HotItems.TIES_MAX))
                .to(results(5), HotItems::of, Json.of(HotItems.class));
    }

    /** In one window of one key, which holds the highest bids; a result holds all rows of its window. */
    public static Pipeline q7() {
        return timedBids(7)
                .keyBy(bid -> ONE_KEY)
                .window(Tumbling.of(WINDOW))
                .aggregate(Aggregate.topK(Bid::price, bid -> bid, Topics.BIDS.codec(), HighestBids.TIES_MAX))
                .to(results(7), HighestBids::of, Json.of(HighestBids.class));
    }

    public static Pipeline q11() {
        return timedBids(11)
                .keyBy(Bid::bidder, Codec.int64())
                .window(Session.withGap(WINDOW))
                .aggregate(Aggregate.count())
                .to(results(11), BidderSession::of, Json.of(BidderSession.class));
    }

    /** Records' timestamps are taken for the time of processing. They rise in every partition, so nothing is late. */
    public static Pipeline q12() {
        return bids(12).eventTime(Watermark.outOfOrderBy(Duration.ZERO))
                .keyBy(Bid::bidder, Codec.int64())
                .window(Tumbling.of(WINDOW))
                .aggregate(Aggregate.count())
                .to(results(12), BidderCount::of, Json.of(BidderCount.class));
    }

    private static EventStream<Bid> timedBids(int query) {
        return bids(query).eventTime(Bid::dateTime, Watermark.outOfOrderBy(OUT_OF_ORDER_BY));
    }

    private static EventStream<Bid> bids(int query) {
        return Pipeline.named("nexmark-q" + query).from(Topics.BIDS);
    }

    private static String results(int query) {
        return "nexmark-q" + query + "-results";
    }
}
