package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Result;
import io.tidemill.api.Window;
import io.tidemill.examples.nexmark.Bid;
import java.util.List;
import java.util.Objects;

/** Query 7's rows of one window. */
public record HighestBids(List<HighestBid> bids) {
    public HighestBids {
        bids = List.copyOf(bids);
    }

    static HighestBids of(Result<?, List<Bid>> result) {
        Window window = Objects.requireNonNull(result.window());
        return new HighestBids(
                result.value().stream().map(bid -> HighestBid.of(window, bid)).toList());
    }
}
