package io.tidemill.examples.nexmark.query;

import io.tidemill.api.process.CoProcessFunction;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import io.tidemill.examples.nexmark.Auction;
import io.tidemill.examples.nexmark.Bid;
import io.tidemill.examples.nexmark.Topics;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Query 9, by auction. Elements come in the order of their times, of the same millisecond the auction first, and the timer after
 * all bids of its own: so the auction is known from its {@code dateTime} to {@code expires}, both included, and a bid that does not
 * find it does not count.
 */
record WinningBids() implements CoProcessFunction<Long, Auction, Bid, WinningBid> {
    private static final ValueStateDescriptor<Auction> OPEN = ValueState.of("open", Topics.AUCTIONS.codec());
    private static final ValueStateDescriptor<Bid> BEST = ValueState.of("best", Topics.BIDS.codec());

    private static final Comparator<Bid> BEST_FIRST = Comparator.comparing(Bid::price, Comparator.reverseOrder())
            .thenComparing(Bid::dateTime)
            .thenComparing(Bid::bidder);

    @Override
    public List<StateDescriptor> states() {
        return List.of(OPEN, BEST);
    }

    @Override
    public void processFirst(Auction auction, ProcessContext<Long, WinningBid> context) {
        context.state(OPEN).update(auction);
        context.setEventTimer(auction.expires());
    }

    @Override
    public void processSecond(Bid bid, ProcessContext<Long, WinningBid> context) {
        @Nullable Auction open = context.state(OPEN).value();
        @Nullable Bid best = context.state(BEST).value();
        if (open != null && bid.price() >= open.reserve() && (best == null || BEST_FIRST.compare(bid, best) < 0)) {
            context.state(BEST).update(bid);
        }
    }

    @Override
    public void onTimer(Timer timer, ProcessContext<Long, WinningBid> context) {
        @Nullable Auction expired = context.state(OPEN).value();
        @Nullable Bid best = context.state(BEST).value();
        if (expired != null && best != null) {
            context.collect(WinningBid.of(expired, best));
        }
        context.state(OPEN).clear();
        context.state(BEST).clear();
    }
}
