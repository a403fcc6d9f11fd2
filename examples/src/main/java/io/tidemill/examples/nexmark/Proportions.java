package io.tidemill.examples.nexmark;

import java.util.List;

/**
 * How many events of each kind make a round. Rounds follow one another: first a round's persons, then its auctions, then its
 * bids.
 *
 * @param persons at least 1, so that there is somebody who sells
 * @param auctions at least 1, so that there is something to bid for
 * @param bids 0 or more
 */
public record Proportions(int persons, int auctions, int bids) {
    /** One person, three auctions and 46 bids. */
    public static final Proportions USUAL = new Proportions(1, 3, 46);

    private static final int LIMIT = 1_000_000;

    public Proportions {
        Mistakes.check(List.of(
                Mistakes.range("persons", persons, 1, LIMIT),
                Mistakes.range("auctions", auctions, 1, LIMIT),
                Mistakes.range("bids", bids, 0, LIMIT)));
    }

    int total() {
        return persons + auctions + bids;
    }
}
