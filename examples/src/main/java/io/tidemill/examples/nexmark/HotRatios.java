package io.tidemill.examples.nexmark;

import java.util.List;

/**
 * How unevenly attention is spread. With a ratio of {@code n} all but one in {@code n} events turn to the hot one of their time:
 * of every hundred auctions the first is hot, of every hundred persons the first as a seller and the second as a bidder. With
 * a ratio of 1 nothing is hot.
 *
 * @param auctions of bids, 1 to 1,000,000
 * @param bidders of bids, 1 to 1,000,000
 * @param sellers of auctions, 1 to 1,000,000
 */
public record HotRatios(int auctions, int bidders, int sellers) {
    /** Every second bid is for the hot auction, three of four are by the hot bidder, three of four auctions are the hot seller's. */
    public static final HotRatios USUAL = new HotRatios(2, 4, 4);

    private static final int LIMIT = 1_000_000;

    public HotRatios {
        Mistakes.check(List.of(
                Mistakes.range("auctions", auctions, 1, LIMIT),
                Mistakes.range("bidders", bidders, 1, LIMIT),
                Mistakes.range("sellers", sellers, 1, LIMIT)));
    }
}
