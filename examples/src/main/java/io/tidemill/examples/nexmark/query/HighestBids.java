package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Ranked;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import io.tidemill.examples.nexmark.Bid;
import java.util.List;
import java.util.Objects;

/** Query 7's rows of one window. */
public record HighestBids(List<HighestBid> bids) {
    /** As many bids may share the highest price. */
    static final int TIES_MAX = 20;

    public HighestBids {
        bids = List.copyOf(bids);
    }

    /** @throws IllegalStateException if more bids may share the highest price than the aggregate was asked for */
    static HighestBids of(Result<?, List<Ranked<Bid>>> result) {
        Window window = Objects.requireNonNull(result.window());
        long highest = result.value().get(0).by();
        List<HighestBid> bids = result.value().stream()
                .filter(each -> each.by() == highest)
                .map(each -> HighestBid.of(window, each.value()))
                .toList();
        if (bids.size() == TIES_MAX) {
            throw new IllegalStateException(
                    TIES_MAX + " bids or more have the price " + highest + " in " + window + ": not all are known");
        }
        return new HighestBids(bids);
    }
}
