package io.tidemill.examples.nexmark;

import java.time.Instant;
import java.util.SplittableRandom;

/** Makes the event of a number: a function of the settings and the number alone, however events arrive. Immutable. */
final class EventMaker {
    private static final long FIRST_CATEGORY = 10;
    private static final int CATEGORIES = 5;

    /** Sizes that the texts of an event and eight bytes for each number have on average. */
    private static final int PERSON_BYTES = 200;

    private static final int AUCTION_BYTES = 500;
    private static final int BID_BYTES = 100;

    private final NexmarkSettings settings;
    private final Population population;
    private final long salt;
    private final long meanLengthMillis;

    EventMaker(NexmarkSettings settings) {
        this.settings = settings;
        population = new Population(settings);
        salt = new SplittableRandom(settings.seed()).nextLong();
        // As many auctions are open on average as are in flight.
        Proportions proportions = settings.proportions();
        meanLengthMillis =
                settings.millisFor((long) settings.auctionsInFlight() * proportions.total() / proportions.auctions());
    }

    Event event(long number) {
        Draws random = new Draws(salt + number);
        Proportions proportions = settings.proportions();
        long place = number % proportions.total();
        if (place < proportions.persons()) {
            return person(number, random);
        }
        return place < proportions.persons() + proportions.auctions() ? auction(number, random) : bid(number, random);
    }

    private Person person(long number, Draws random) {
        String name = Texts.name(random);
        String email = Texts.emailAddress(random);
        String card = Texts.creditCard(random);
        String place = Texts.place(random);
        int present = 2 * Long.BYTES + name.length() + email.length() + card.length() + place.length();
        return new Person(
                population.newestPerson(number),
                name,
                email,
                card,
                Texts.city(place),
                Texts.state(place),
                time(number),
                Texts.extra(random, PERSON_BYTES, present));
    }

    private Auction auction(long number, Draws random) {
        String item = Texts.words(random, 20);
        String description = Texts.words(random, 100);
        long initialBid = price(random);
        int present = 7 * Long.BYTES + item.length() + description.length();
        return new Auction(
                population.newestAuction(number),
                item,
                description,
                initialBid,
                initialBid + price(random),
                time(number),
                time(number).plusMillis(1 + random.below(Math.max(2 * meanLengthMillis, 1))),
                population.seller(number, random),
                FIRST_CATEGORY + random.below(CATEGORIES),
                Texts.extra(random, AUCTION_BYTES, present));
    }

    private Bid bid(long number, Draws random) {
        String channel = Texts.channel(random);
        String url = Texts.url(random);
        int present = 4 * Long.BYTES + channel.length() + url.length();
        return new Bid(
                population.auction(number, random),
                population.bidder(number, random),
                price(random),
                channel,
                url,
                time(number),
                Texts.extra(random, BID_BYTES, present));
    }

    /** A dollar to a million of them, in cents; every power of ten is as frequent as the next. */
    private static long price(Draws random) {
        // StrictMath, because Math may differ between machines.
        return StrictMath.round(StrictMath.pow(10, 6 * random.fraction()) * 100);
    }

    private Instant time(long number) {
        return Instant.ofEpochMilli(settings.eventMillis(number));
    }
}
