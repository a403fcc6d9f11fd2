package io.tidemill.examples.nexmark.query;

import java.util.List;

/**
 * Query 6's row: what a seller got on average, as of one sale.
 *
 * @param auction the latest of the sales that are averaged
 * @param average cents
 */
public record SellingPrice(long seller, long auction, double average) {
    /** @param sales of one seller, the latest last */
    static SellingPrice of(List<WinningBid> sales) {
        WinningBid latest = sales.get(sales.size() - 1);
        long sum = sales.stream().mapToLong(WinningBid::price).sum();
        return new SellingPrice(latest.seller(), latest.auction(), (double) sum / sales.size());
    }
}
