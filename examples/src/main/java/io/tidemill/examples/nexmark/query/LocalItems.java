package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Codec;
import io.tidemill.api.process.CoProcessFunction;
import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import io.tidemill.examples.nexmark.Auction;
import io.tidemill.examples.nexmark.Person;
import io.tidemill.examples.nexmark.Topics;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Query 3, by seller: whoever comes last, the person or the auction, finds the other. The items are the same in any order. */
record LocalItems() implements CoProcessFunction<Long, Person, Auction, LocalItem> {
    private static final ValueStateDescriptor<Person> SELLER = ValueState.of("seller", Topics.PERSONS.codec());

    /** Those that came before their seller. */
    private static final ListStateDescriptor<Long> AUCTIONS = ListState.of("auctions", Codec.int64());

    @Override
    public List<StateDescriptor> states() {
        return List.of(SELLER, AUCTIONS);
    }

    @Override
    public void processFirst(Person person, ProcessContext<Long, LocalItem> context) {
        context.state(SELLER).update(person);
        ListState<Long> auctions = context.state(AUCTIONS);
        auctions.values().forEach(auction -> context.collect(LocalItem.of(person, auction)));
        auctions.clear();
    }

    @Override
    public void processSecond(Auction auction, ProcessContext<Long, LocalItem> context) {
        @Nullable Person person = context.state(SELLER).value();
        if (person == null) {
            context.state(AUCTIONS).add(auction.id());
        } else {
            context.collect(LocalItem.of(person, auction.id()));
        }
    }
}
