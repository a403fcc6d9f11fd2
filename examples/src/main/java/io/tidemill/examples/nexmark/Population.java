package io.tidemill.examples.nexmark;

/**
 * Which persons and auctions there are when an event happens, and which of them it turns to. Ids are found by counting, so
 * nothing is remembered. Immutable.
 */
final class Population {
    static final long FIRST_ID = 1_000;

    /** Of so many persons or auctions one is hot. */
    private static final int HOT_GROUP = 100;

    /** How many that do not exist yet may be turned to: so some bids come before their auction, and auctions before their seller. */
    private static final int LEAD = 10;

    private final Proportions proportions;
    private final HotRatios hot;
    private final int activePersons;
    private final int auctionsInFlight;

    Population(NexmarkSettings settings) {
        proportions = settings.proportions();
        hot = settings.hotRatios();
        activePersons = settings.activePersons();
        auctionsInFlight = settings.auctionsInFlight();
    }

    /** The newest person at event {@code number}, which may be that event itself. */
    long newestPerson(long number) {
        return FIRST_ID + newestPersonIndex(number);
    }

    /** The newest auction at event {@code number}, which may be that event itself. Not before the first auction. */
    long newestAuction(long number) {
        return FIRST_ID + newestAuctionIndex(number);
    }

    long seller(long number, Draws random) {
        long newest = newestPersonIndex(number);
        boolean isHot = random.below(hot.sellers()) > 0;
        return FIRST_ID + (isHot ? firstOfGroup(newest) : anyPerson(newest, random));
    }

    /** The hot bidder is not the hot seller. */
    long bidder(long number, Draws random) {
        long newest = newestPersonIndex(number);
        boolean isHot = random.below(hot.bidders()) > 0;
        return FIRST_ID + (isHot ? firstOfGroup(newest) + 1 : anyPerson(newest, random));
    }

    long auction(long number, Draws random) {
        long newest = newestAuctionIndex(number);
        boolean isHot = random.below(hot.auctions()) > 0;
        return FIRST_ID + (isHot ? firstOfGroup(newest) : anyAuction(newest, random));
    }

    private long newestPersonIndex(long number) {
        return newestIndex(number, proportions.persons(), 0);
    }

    private long newestAuctionIndex(long number) {
        return newestIndex(number, proportions.auctions(), proportions.persons());
    }

    /** @param before how many events of a round come before the {@code perRound} that are counted */
    private long newestIndex(long number, int perRound, int before) {
        long round = number / proportions.total();
        long place = number % proportions.total();
        return round * perRound + Math.min(Math.max(place - before + 1, 0), perRound) - 1;
    }

    private static long firstOfGroup(long index) {
        return index / HOT_GROUP * HOT_GROUP;
    }

    private long anyPerson(long newest, Draws random) {
        long active = Math.min(newest + 1, activePersons);
        return newest + 1 - active + random.below(active + LEAD);
    }

    private long anyAuction(long newest, Draws random) {
        long oldest = Math.max(newest - auctionsInFlight, 0);
        return oldest + random.below(newest - oldest + 1 + LEAD);
    }
}
