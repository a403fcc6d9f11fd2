package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Window;
import io.tidemill.examples.nexmark.Arrival;
import io.tidemill.examples.nexmark.Auction;
import io.tidemill.examples.nexmark.Bid;
import io.tidemill.examples.nexmark.Event;
import io.tidemill.examples.nexmark.Person;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the queries must answer: straight from their definitions, over all events, in memory, without an engine. The definitions
 * are those of the methods. Immutable.
 *
 * <p>All is asked when the stream has ended: every auction has expired, every window and every session is over, and nothing is
 * late. Ids are unique. Windows align to the epoch; they hold their start and not their end. Prices are cents. An average
 * is the exact sum, at most 2<sup>53</sup>, over the number of values, rounded once.
 */
public final class ReferenceAnswers {
    private static final Duration WINDOW = Duration.ofSeconds(10);
    private static final Duration SLIDE = Duration.ofSeconds(2);
    private static final BigDecimal EUROS_FOR_A_DOLLAR = new BigDecimal("0.908");
    private static final Set<String> LOCAL_STATES = Set.of("OR", "ID", "CA");
    private static final long LOCAL_CATEGORY = 10;
    private static final int SALES_AVERAGED = 10;

    private final List<Arrival> bidArrivals;
    private final List<Person> persons;
    private final List<Auction> auctions;
    private final List<Bid> bids;

    private ReferenceAnswers(List<Arrival> arrivals) {
        bidArrivals =
                arrivals.stream().filter(each -> each.event() instanceof Bid).toList();
        persons = events(arrivals, Person.class);
        auctions = events(arrivals, Auction.class);
        bids = events(arrivals, Bid.class);
    }

    /** @param arrivals all there are; only query 12 depends on when and in which order they arrived */
    public static ReferenceAnswers to(List<Arrival> arrivals) {
        return new ReferenceAnswers(arrivals);
    }

    private static <E extends Event> List<E> events(List<Arrival> arrivals, Class<E> kind) {
        return arrivals.stream()
                .map(Arrival::event)
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    /** Pass through: all bids, as they are. */
    public Answer<Bid> q0() {
        return Answer.of(bids);
    }

    /** Currency conversion: all bids with their prices in euros, at 0.908 euros for a dollar. */
    public Answer<BidInEuros> q1() {
        return Answer.of(bids.stream()
                .map(bid -> new BidInEuros(
                        bid.auction(),
                        bid.bidder(),
                        EUROS_FOR_A_DOLLAR.multiply(BigDecimal.valueOf(bid.price())),
                        bid.dateTime(),
                        bid.extra()))
                .toList());
    }

    /** Selection: the prices of the bids in every 123rd auction, which are those whose id is a multiple of 123. */
    public Answer<BidPrice> q2() {
        return Answer.of(bids.stream()
                .filter(bid -> bid.auction() % 123 == 0)
                .map(bid -> new BidPrice(bid.auction(), bid.price()))
                .toList());
    }

    /**
     * Local items: who in Oregon, Idaho or California sells something in category 10, and in which auctions? Persons and
     * auctions belong together whenever they came.
     */
    public Answer<LocalItem> q3() {
        Map<Long, List<Auction>> bySeller = grouped(auctions, Auction::seller);
        List<LocalItem> items = new ArrayList<>();
        for (Person person : persons) {
            for (Auction auction : bySeller.getOrDefault(person.id(), List.of())) {
                if (LOCAL_STATES.contains(person.state()) && auction.category() == LOCAL_CATEGORY) {
                    items.add(new LocalItem(person.name(), person.city(), person.state(), auction.id()));
                }
            }
        }
        return Answer.of(items);
    }

    /** Average price by category: of all {@link #q9 winning bids}. A category in which nothing was sold has no row. */
    public Answer<CategoryPrice> q4() {
        List<CategoryPrice> averages = new ArrayList<>();
        grouped(winningBids(), WinningBid::category)
                .forEach((category, sold) -> averages.add(new CategoryPrice(category, averagePrice(sold))));
        return Answer.of(averages);
    }

    /**
     * Hot items: in each window of 10 s, of which one begins every 2 s, the auctions with the most bids. Several, if they have equally
     * many. A window without bids has no row.
     */
    public Answer<HotItem> q5() {
        List<HotItem> items = new ArrayList<>();
        inWindows(bids, Bid::dateTime, SLIDE).forEach((window, inWindow) -> {
            Map<Long, List<Bid>> byAuction = grouped(inWindow, Bid::auction);
            int most = byAuction.values().stream().mapToInt(List::size).max().orElseThrow();
            byAuction.forEach((auction, its) -> {
                if (its.size() == most) {
                    items.add(new HotItem(window.start(), window.end(), auction, most));
                }
            });
        });
        return Answer.of(items);
    }

    /**
     * Average selling price by seller: for every sale the average of its price, which is that of the {@link #q9 winning bid}, and
     * of those of the seller's nine sales before it, or fewer where there are fewer. A seller's sales are in the order in which the
     * auctions expire, and by id where they expire together.
     */
    public Answer<SellingPrice> q6() {
        List<SellingPrice> averages = new ArrayList<>();
        grouped(winningBids(), WinningBid::seller).forEach((seller, sold) -> {
            List<WinningBid> sales = sold.stream()
                    .sorted(Comparator.comparing(WinningBid::expires).thenComparing(WinningBid::auction))
                    .toList();
            for (int i = 0; i < sales.size(); i++) {
                List<WinningBid> last = sales.subList(Math.max(i + 1 - SALES_AVERAGED, 0), i + 1);
                averages.add(new SellingPrice(seller, sales.get(i).auction(), averagePrice(last)));
            }
        });
        return Answer.of(averages);
    }

    /** Highest bid: in each window of 10 s, side by side, the bids with the highest price. Several, if they have the same. */
    public Answer<HighestBid> q7() {
        List<HighestBid> highest = new ArrayList<>();
        inWindows(bids, Bid::dateTime, WINDOW).forEach((window, inWindow) -> {
            long price = inWindow.stream().mapToLong(Bid::price).max().orElseThrow();
            inWindow.stream()
                    .filter(bid -> bid.price() == price)
                    .forEach(bid -> highest.add(HighestBid.of(window, bid)));
        });
        return Answer.of(highest);
    }

    /** New users who sell: in each window of 10 s, side by side, the persons who came and who opened an auction in it. */
    public Answer<NewSeller> q8() {
        Map<Window, List<Auction>> opened = inWindows(auctions, Auction::dateTime, WINDOW);
        List<NewSeller> sellers = new ArrayList<>();
        inWindows(persons, Person::dateTime, WINDOW).forEach((window, came) -> {
            List<Auction> inWindow = opened.getOrDefault(window, List.of());
            for (Person person : came) {
                if (inWindow.stream().anyMatch(auction -> auction.seller() == person.id())) {
                    sellers.add(new NewSeller(person.id(), person.name(), window.start()));
                }
            }
        });
        return Answer.of(sellers);
    }

    /**
     * Winning bids: what was sold. Of the bids that reach the reserve and were made from the auction's time to its expiry, both
     * included, the one with the highest price wins; of several with that price the earliest, and of several at the same time
     * that of the bidder with the smallest id. An auction without such a bid has no row.
     */
    public Answer<WinningBid> q9() {
        return Answer.of(winningBids());
    }

    /**
     * User sessions: how many bids each bidder made in each session. Bids with pauses of 10 s or less between them are one session; it
     * lasts from its first bid to one millisecond after its last one.
     */
    public Answer<BidderSession> q11() {
        List<BidderSession> sessions = new ArrayList<>();
        grouped(bids, Bid::bidder).forEach((bidder, made) -> {
            List<Instant> times = made.stream().map(Bid::dateTime).sorted().toList();
            int first = 0;
            for (int i = 1; i <= times.size(); i++) {
                if (i == times.size() || times.get(i).isAfter(times.get(i - 1).plus(WINDOW))) {
                    Instant end = times.get(i - 1).plusMillis(1);
                    sessions.add(new BidderSession(bidder, times.get(first), end, i - first));
                    first = i;
                }
            }
        });
        return Answer.of(sessions);
    }

    /**
     * Bids by processing time: how many bids each bidder made in each window of 10 s, side by side, of the time at which they were
     * processed. That is taken to be when a bid arrived at the log, which stays the same in a replay.
     */
    public Answer<BidderCount> q12() {
        List<BidderCount> counts = new ArrayList<>();
        inWindows(bidArrivals, Arrival::arrivedAt, WINDOW)
                .forEach((window, arrived) -> grouped(events(arrived, Bid.class), Bid::bidder)
                        .forEach((bidder, made) ->
                                counts.add(new BidderCount(bidder, window.start(), window.end(), made.size()))));
        return Answer.of(counts);
    }

    private List<WinningBid> winningBids() {
        Map<Long, List<Bid>> byAuction = grouped(bids, Bid::auction);
        List<WinningBid> winners = new ArrayList<>();
        for (Auction auction : auctions) {
            byAuction.getOrDefault(auction.id(), List.of()).stream()
                    .filter(bid -> counts(auction, bid))
                    .min(Comparator.comparing(Bid::price, Comparator.reverseOrder())
                            .thenComparing(Bid::dateTime)
                            .thenComparing(Bid::bidder))
                    .ifPresent(bid -> winners.add(WinningBid.of(auction, bid)));
        }
        return winners;
    }

    private static boolean counts(Auction auction, Bid bid) {
        return bid.price() >= auction.reserve()
                && !bid.dateTime().isBefore(auction.dateTime())
                && !bid.dateTime().isAfter(auction.expires());
    }

    private static double averagePrice(List<WinningBid> sales) {
        return (double) sales.stream().mapToLong(WinningBid::price).sum() / sales.size();
    }

    private static <K, E> Map<K, List<E>> grouped(List<E> all, Function<E, K> key) {
        return all.stream().collect(Collectors.groupingBy(key));
    }

    /** @param every from one window's start to the next one's */
    private static <E> Map<Window, List<E>> inWindows(List<E> all, Function<E, Instant> time, Duration every) {
        Map<Window, List<E>> windows = new LinkedHashMap<>();
        for (E each : all) {
            long at = time.apply(each).toEpochMilli();
            long newest = at - Math.floorMod(at, every.toMillis());
            for (long start = newest; start > at - WINDOW.toMillis(); start -= every.toMillis()) {
                windows.computeIfAbsent(new Window(start, start + WINDOW.toMillis()), any -> new ArrayList<>())
                        .add(each);
            }
        }
        return windows;
    }
}
