package io.tidemill.examples.nexmark.query;

import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Timer;
import io.tidemill.json.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Query 6, by seller. Sales come in the order in which the auctions expire. Those that expire together wait for the timer of this
 * very millisecond, which goes off when all of them are there, so that they can be sorted.
 */
record SellingPrices() implements ProcessFunction<Long, WinningBid, SellingPrice> {
    private static final int SALES_AVERAGED = 10;

    private static final ListStateDescriptor<WinningBid> TOGETHER = ListState.of("together", Json.of(WinningBid.class));
    private static final ListStateDescriptor<WinningBid> LAST = ListState.of("last", Json.of(WinningBid.class));

    @Override
    public List<StateDescriptor> states() {
        return List.of(TOGETHER, LAST);
    }

    @Override
    public void process(WinningBid sale, ProcessContext<Long, SellingPrice> context) {
        context.state(TOGETHER).add(sale);
        context.setEventTimer(context.time());
    }

    @Override
    public void onTimer(Timer timer, ProcessContext<Long, SellingPrice> context) {
        List<WinningBid> last = new ArrayList<>(context.state(LAST).values());
        for (WinningBid sale : context.state(TOGETHER).values().stream()
                .sorted(Comparator.comparing(WinningBid::auction))
                .toList()) {
            last.add(sale);
            if (last.size() > SALES_AVERAGED) {
                last.remove(0);
            }
            context.collect(SellingPrice.of(last));
        }
        context.state(LAST).update(last);
        context.state(TOGETHER).clear();
    }
}
