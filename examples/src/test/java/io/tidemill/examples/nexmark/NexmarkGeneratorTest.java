package io.tidemill.examples.nexmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Topic;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class NexmarkGeneratorTest {
    private static final int COUNT = 50_000;
    private static final NexmarkSettings IN_ORDER = NexmarkSettings.of(42, COUNT);
    private static final Disorder LATE = new Disorder(0.1, Duration.ofMillis(500));
    private static final NexmarkSettings DISORDERLY = IN_ORDER.disorder(LATE);

    private final List<Arrival> arrivals = all(IN_ORDER);
    private final List<Person> persons = events(arrivals, Person.class);
    private final List<Auction> auctions = events(arrivals, Auction.class);
    private final List<Bid> bids = events(arrivals, Bid.class);

    @Test
    void theSameSettingsMakeTheSameBytes() throws Exception {
        assertThat(sha256(DISORDERLY))
                .isEqualTo(sha256(DISORDERLY))
                .isEqualTo("c4b3a62837d03c91c337717977dca3cc6ab253396a81e3c15419758873233fa9");
        assertThat(sha256(NexmarkSettings.of(43, COUNT).disorder(LATE))).isNotEqualTo(sha256(DISORDERLY));
    }

    @Test
    void aRoundHasOnePersonThreeAuctionsAndFortySixBids() {
        assertThat(persons).hasSize(COUNT / 50);
        assertThat(auctions).hasSize(COUNT / 50 * 3);
        assertThat(bids).hasSize(COUNT / 50 * 46);
        assertThat(arrivals.subList(0, 5))
                .extracting(each -> each.event().getClass().getSimpleName())
                .containsExactly("Person", "Auction", "Auction", "Auction", "Bid");
        assertThat(events(all(IN_ORDER.proportions(new Proportions(2, 1, 0))), Person.class))
                .hasSize((COUNT + 1) / 3 * 2);
    }

    @Test
    void idsAreCountedFromOneThousand() {
        for (int i = 0; i < persons.size(); i++) {
            assertThat(persons.get(i).id()).isEqualTo(1_000 + i);
        }
        for (int i = 0; i < auctions.size(); i++) {
            assertThat(auctions.get(i).id()).isEqualTo(1_000 + i);
        }
    }

    @Test
    void timeGoesOnAtTheRate() {
        for (int i = 0; i < COUNT; i++) {
            assertThat(arrivals.get(i).event().dateTime())
                    .isEqualTo(NexmarkSettings.START_DEFAULT.plusMillis(i / 10))
                    .isEqualTo(arrivals.get(i).arrivedAt());
        }
    }

    @Test
    void attentionIsSpreadByTheHotRatios() {
        assertThat(share(bids, bid -> bid.auction() % 100 == 0)).isCloseTo(0.505, within(0.01));
        assertThat(share(bids, bid -> bid.bidder() % 100 == 1)).isCloseTo(0.7525, within(0.01));
        assertThat(share(auctions, auction -> auction.seller() % 100 == 0)).isCloseTo(0.7525, within(0.02));
        List<Arrival> even = all(IN_ORDER.hotRatios(new HotRatios(1, 1, 1)));
        assertThat(share(events(even, Bid.class), bid -> bid.auction() % 100 == 0))
                .isCloseTo(0.01, within(0.005));
    }

    @Test
    void bidsAreForTheNewestAuctionsAndALittleBeyond() {
        long newest = 0;
        int beyond = 0;
        for (Arrival arrival : arrivals) {
            if (arrival.event() instanceof Auction auction) {
                newest = auction.id();
            } else if (arrival.event() instanceof Bid bid) {
                assertThat(bid.auction()).isBetween(newest - 100, newest + 10);
                beyond += bid.auction() > newest ? 1 : 0;
            }
        }
        assertThat(beyond).isPositive();
        assertThat(auctions).anyMatch(auction -> auction.seller() > lastPersonBefore(auction));
    }

    private long lastPersonBefore(Auction auction) {
        return 1_000 + (auction.id() - 1_000) / 3;
    }

    @Test
    void valuesAreInTheirRanges() {
        assertThat(bids).allSatisfy(bid -> assertThat(bid.price()).isBetween(100L, 100_000_000L));
        assertThat(share(bids, bid -> bid.price() < 100_000)).isCloseTo(0.5, within(0.01));
        assertThat(auctions).allSatisfy(auction -> {
            assertThat(auction.category()).isBetween(10L, 14L);
            assertThat(auction.reserve()).isGreaterThan(auction.initialBid());
            assertThat(auction.expires()).isAfter(auction.dateTime());
        });
        assertThat(auctions.stream()
                        .mapToLong(auction -> Duration.between(auction.dateTime(), auction.expires())
                                .toMillis())
                        .average()
                        .orElseThrow())
                .isCloseTo(167, within(10.0)); // 100 auctions are 1,667 events
        assertThat(persons).extracting(Person::state).containsOnly("AZ", "CA", "ID", "OR", "WA", "WY");
        assertThat(persons).allSatisfy(person -> assertThat(person.creditCard()).matches("0000( \\d{4}){3}"));
    }

    @Test
    void sizesAreTheUsualOnes() {
        // As JSON, which adds names, quotes and times as texts to the usual 200, 500 and 100.
        assertThat(meanBytes(persons)).isCloseTo(307, within(2.0));
        assertThat(meanBytes(auctions)).isCloseTo(636, within(5.0));
        assertThat(meanBytes(bids)).isCloseTo(184, within(1.0));
    }

    @Test
    void everyValueIsReadBack() throws Exception {
        for (Arrival arrival : arrivals.subList(0, 1_000)) {
            Event event = arrival.event();
            ByteSink sink = new ByteSink();
            event.writeTo(sink);
            Topic<? extends Event> topic = Topics.all().stream()
                    .filter(each -> each.name().equals(event.topic()))
                    .findFirst()
                    .orElseThrow();
            assertThat(topic.codec().decode(sink.array(), 0, sink.size())).isEqualTo(event);
        }
    }

    @Test
    void lateEventsAreTheSameEventsInAnotherOrder() {
        List<Arrival> disorderly = all(DISORDERLY);

        assertThat(new HashSet<>(eventsOf(disorderly))).isEqualTo(new HashSet<>(eventsOf(arrivals)));
        assertThat(disorderly).hasSize(COUNT).isNotEqualTo(arrivals);
        assertThat(disorderly).isSortedAccordingTo(Comparator.comparing(Arrival::arrivedAt));
        assertThat(share(disorderly, each -> delayMillis(each) > 0)).isCloseTo(0.1, within(0.005));
        assertThat(disorderly).allSatisfy(each -> assertThat(delayMillis(each)).isBetween(0L, 500L));
        assertThat(disorderly.stream()
                        .mapToLong(NexmarkGeneratorTest::delayMillis)
                        .max())
                .hasValue(500);
    }

    @Test
    void onlyLateEventsWaitInMemory() {
        NexmarkGenerator generator =
                new NexmarkGenerator(NexmarkSettings.of(1, 300_000).disorder(LATE));
        int most = 0;
        int count = 0;
        while (generator.hasNext()) {
            generator.next();
            most = Math.max(most, generator.delayedCount());
            count++;
        }
        assertThat(count).isEqualTo(300_000);
        assertThat(most).isBetween(200, 350); // a tenth of 10,000 a second, for 250 ms on average
        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(generator::next);
    }

    private static long delayMillis(Arrival arrival) {
        return Duration.between(arrival.event().dateTime(), arrival.arrivedAt()).toMillis();
    }

    private static List<Arrival> all(NexmarkSettings settings) {
        List<Arrival> all = new ArrayList<>();
        new NexmarkGenerator(settings).forEachRemaining(all::add);
        return all;
    }

    private static List<Event> eventsOf(List<Arrival> arrivals) {
        return arrivals.stream().map(Arrival::event).toList();
    }

    private static <E> List<E> events(List<Arrival> arrivals, Class<E> kind) {
        return eventsOf(arrivals).stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    private static <E> double share(List<E> all, Predicate<E> condition) {
        return (double) all.stream().filter(condition).count() / all.size();
    }

    private static double meanBytes(List<? extends Event> events) {
        ByteSink sink = new ByteSink();
        events.forEach(each -> each.writeTo(sink));
        return (double) sink.size() / events.size();
    }

    private static String sha256(NexmarkSettings settings) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        ByteSink sink = new ByteSink();
        Set<String> topics = new HashSet<>();
        NexmarkGenerator generator = new NexmarkGenerator(settings);
        while (generator.hasNext()) {
            Arrival arrival = generator.next();
            sink.reset();
            arrival.event().writeTo(sink);
            digest.update(sink.array(), 0, sink.size());
            digest.update(arrival.event().key());
            digest.update(Long.toString(arrival.arrivedAt().toEpochMilli()).getBytes(StandardCharsets.US_ASCII));
            topics.add(arrival.event().topic());
        }
        assertThat(topics).containsExactlyInAnyOrder("nexmark-persons", "nexmark-auctions", "nexmark-bids");
        return HexFormat.of().formatHex(digest.digest());
    }
}
