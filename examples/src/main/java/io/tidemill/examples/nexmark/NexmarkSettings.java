package io.tidemill.examples.nexmark;

import java.time.Instant;
import java.util.List;

/**
 * What a {@link NexmarkGenerator} makes. Equal settings make equal events in equal order, on every machine.
 *
 * @param count 1 to 1,000,000,000,000 events
 * @param start the time of the first event; from 1970 to 2100
 * @param eventsPerSecond of event time, of all kinds together; 1 to 10,000,000
 * @param activePersons how many of the newest persons sell and bid; 1 to 1,000,000
 * @param auctionsInFlight how many of the newest auctions are bid for, and how many are open on average; 1 to 1,000,000
 * @param disorder of which at most 1,000,000 events may be on their way at a time, on average
 */
public record NexmarkSettings(
        long seed,
        long count,
        Instant start,
        int eventsPerSecond,
        Proportions proportions,
        HotRatios hotRatios,
        int activePersons,
        int auctionsInFlight,
        Disorder disorder) {
    public static final Instant START_DEFAULT = Instant.parse("2023-11-15T00:00:00Z");
    public static final int EVENTS_PER_SECOND_DEFAULT = 10_000;
    public static final int ACTIVE_PERSONS_DEFAULT = 1_000;
    public static final int AUCTIONS_IN_FLIGHT_DEFAULT = 100;

    /** What is late waits in memory. */
    static final long DELAYED_EVENTS_MAX = 1_000_000;

    private static final long COUNT_MAX = 1_000_000_000_000L;
    private static final int EVENTS_PER_SECOND_MAX = 10_000_000;
    private static final int NEWEST_MAX = 1_000_000;
    private static final long START_MAX_MILLIS =
            Instant.parse("2100-01-01T00:00:00Z").toEpochMilli();

    public NexmarkSettings {
        double delayed =
                disorder.share() * eventsPerSecond * disorder.delayMax().toMillis() / 1_000;
        Mistakes.check(List.of(
                Mistakes.range("count", count, 1, COUNT_MAX),
                Mistakes.range("start", start.toEpochMilli(), 0, START_MAX_MILLIS),
                Mistakes.range("eventsPerSecond", eventsPerSecond, 1, EVENTS_PER_SECOND_MAX),
                Mistakes.range("activePersons", activePersons, 1, NEWEST_MAX),
                Mistakes.range("auctionsInFlight", auctionsInFlight, 1, NEWEST_MAX),
                Mistakes.unless(
                        delayed <= DELAYED_EVENTS_MAX,
                        () -> "at most " + DELAYED_EVENTS_MAX + " late events may be on their way at a time, not "
                                + (long) delayed + ": lower the rate, the share or delayMax")));
    }

    /** The usual ones, in order. */
    public static NexmarkSettings of(long seed, long count) {
        return new NexmarkSettings(
                seed,
                count,
                START_DEFAULT,
                EVENTS_PER_SECOND_DEFAULT,
                Proportions.USUAL,
                HotRatios.USUAL,
                ACTIVE_PERSONS_DEFAULT,
                AUCTIONS_IN_FLIGHT_DEFAULT,
                Disorder.NONE);
    }

    public NexmarkSettings start(Instant newStart) {
        return new NexmarkSettings(
                seed,
                count,
                newStart,
                eventsPerSecond,
                proportions,
                hotRatios,
                activePersons,
                auctionsInFlight,
                disorder);
    }

    public NexmarkSettings eventsPerSecond(int rate) {
        return new NexmarkSettings(
                seed, count, start, rate, proportions, hotRatios, activePersons, auctionsInFlight, disorder);
    }

    public NexmarkSettings proportions(Proportions newProportions) {
        return new NexmarkSettings(
                seed,
                count,
                start,
                eventsPerSecond,
                newProportions,
                hotRatios,
                activePersons,
                auctionsInFlight,
                disorder);
    }

    public NexmarkSettings hotRatios(HotRatios newRatios) {
        return new NexmarkSettings(
                seed, count, start, eventsPerSecond, proportions, newRatios, activePersons, auctionsInFlight, disorder);
    }

    public NexmarkSettings newest(int persons, int auctions) {
        return new NexmarkSettings(
                seed, count, start, eventsPerSecond, proportions, hotRatios, persons, auctions, disorder);
    }

    public NexmarkSettings disorder(Disorder newDisorder) {
        return new NexmarkSettings(
                seed,
                count,
                start,
                eventsPerSecond,
                proportions,
                hotRatios,
                activePersons,
                auctionsInFlight,
                newDisorder);
    }

    /** When event {@code number} happens, in milliseconds since the epoch. The first one has number 0. */
    long eventMillis(long number) {
        return start.toEpochMilli() + millisFor(number);
    }

    /** How long so many events take. */
    long millisFor(long events) {
        return events * 1_000 / eventsPerSecond;
    }
}
