package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Counted;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import java.util.List;
import java.util.Objects;

/** Query 5's rows of one window. */
public record HotItems(List<HotItem> items) {
    /** As many auctions may share the first place. */
    static final int TIES_MAX = 1_000;

    public HotItems {
        items = List.copyOf(items);
    }

    /** @throws IllegalStateException if more auctions may share the first place than the aggregate was asked for */
    static HotItems of(Result<?, List<Counted<Long>>> result) {
        Window window = Objects.requireNonNull(result.window());
        long most = result.value().get(0).count();
        List<HotItem> items = result.value().stream()
                .filter(each -> each.count() == most)
                .map(each -> new HotItem(window.start(), window.end(), each.value(), most))
                .toList();
        if (items.size() == TIES_MAX) {
            throw new IllegalStateException(TIES_MAX + " auctions or more have " + most + " bids from " + window.start()
                    + " to " + window.end() + ": not all are known");
        }
        return new HotItems(items);
    }
}
