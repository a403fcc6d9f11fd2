package io.tidemill.examples.nexmark;

import io.tidemill.api.Topic;
import io.tidemill.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Where the events are: one topic for each kind, all with the same number of partitions. */
public final class Topics {
    public static final Topic<Person> PERSONS = Topic.of("nexmark-persons", Json.of(Person.class));
    public static final Topic<Auction> AUCTIONS = Topic.of("nexmark-auctions", Json.of(Auction.class));
    public static final Topic<Bid> BIDS = Topic.of("nexmark-bids", Json.of(Bid.class));

    /** Of each topic, unless one wants otherwise. */
    public static final int PARTITIONS_DEFAULT = 4;

    private Topics() {}

    public static List<Topic<? extends Event>> all() {
        return List.of(PERSONS, AUCTIONS, BIDS);
    }

    static byte[] key(long id) {
        return Long.toString(id).getBytes(StandardCharsets.US_ASCII);
    }
}
