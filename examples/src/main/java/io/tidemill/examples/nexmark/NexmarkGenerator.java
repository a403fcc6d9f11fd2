package io.tidemill.examples.nexmark;

import java.time.Instant;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * The events of an auction house in the order of their arrival, by the rules of the Nexmark benchmark's generator. Late events
 * wait in memory, as 16 bytes and what an object costs; nothing else is held. Which events there are depends neither on
 * how many are late nor on how late they are. Not thread-safe.
 *
 * <p>The rules: a round of events has one person, three auctions and 46 bids. Ids of persons and of auctions begin with 1,000.
 * Of every hundred persons or auctions one is hot, and gets most of the attention. The others turn to one of the newest, or to
 * one of the ten that come next and do not exist yet. Prices are spread evenly by their logarithm. An auction lasts for 1 ms to
 * twice as long as it takes until as many new ones have come as are in flight. There are five categories, and six states.
 * Texts and random numbers are our own, so events are not those of another generator with the same seed.
 */
public final class NexmarkGenerator implements Iterator<Arrival> {
    private final NexmarkSettings settings;
    private final EventMaker maker;
    private final long delaySalt;
    private final PriorityQueue<Delayed> delayed = new PriorityQueue<>(Delayed.ORDER);
    private long next;

    public NexmarkGenerator(NexmarkSettings settings) {
        this.settings = settings;
        maker = new EventMaker(settings);
        delaySalt = new SplittableRandom(~settings.seed()).nextLong();
    }

    /** An event that has happened and has not arrived. */
    private record Delayed(long arrivalMillis, long number) {
        static final Comparator<Delayed> ORDER =
                Comparator.comparingLong(Delayed::arrivalMillis).thenComparingLong(Delayed::number);
    }

    @Override
    public boolean hasNext() {
        return next < settings.count() || !delayed.isEmpty();
    }

    /** The next one to arrive; of those that arrive in the same millisecond, the one that happened first. */
    @Override
    public Arrival next() {
        while (next < settings.count()) {
            if (isNextDelayed()) {
                return arrival(delayed.remove());
            }
            long number = next++;
            Delayed candidate = new Delayed(settings.eventMillis(number) + delayMillis(number), number);
            if (candidate.arrivalMillis() == settings.eventMillis(number)) {
                return arrival(candidate);
            }
            delayed.add(candidate);
        }
        if (delayed.isEmpty()) {
            throw new NoSuchElementException("all " + settings.count() + " events have arrived");
        }
        return arrival(delayed.remove());
    }

    private boolean isNextDelayed() {
        Delayed first = delayed.peek();
        return first != null && first.arrivalMillis() <= settings.eventMillis(next);
    }

    private long delayMillis(long number) {
        Draws random = new Draws(delaySalt + number);
        Disorder disorder = settings.disorder();
        return random.fraction() < disorder.share()
                ? 1 + random.below(disorder.delayMax().toMillis())
                : 0;
    }

    private Arrival arrival(Delayed event) {
        return new Arrival(maker.event(event.number()), Instant.ofEpochMilli(event.arrivalMillis()));
    }

    /** How many events have happened and have not arrived. */
    int delayedCount() {
        return delayed.size();
    }
}
