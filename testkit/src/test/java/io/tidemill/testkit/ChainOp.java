package io.tidemill.testkit;

import io.tidemill.api.EventStream;
import io.tidemill.api.Watermark;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** An operator of a random pipeline, and what it does to one sample. */
sealed interface ChainOp {
    /** The samples that one becomes. */
    List<Sample> apply(Sample sample);

    EventStream<Sample> onto(EventStream<Sample> stream);

    /** Drops what {@code modulus} divides. */
    record Keep(int modulus) implements ChainOp {
        boolean test(Sample sample) {
            return Math.floorMod(sample.amount(), modulus) != 0;
        }

        @Override
        public List<Sample> apply(Sample sample) {
            return test(sample) ? List.of(sample) : List.of();
        }

        @Override
        public EventStream<Sample> onto(EventStream<Sample> stream) {
            return stream.filter(this::test);
        }
    }

    /** Moves time and amount. */
    record Shift(long millis) implements ChainOp {
        Sample shifted(Sample sample) {
            boolean finite = sample.time() != Sample.LATEST && sample.time() != Sample.EARLIEST;
            return new Sample(
                    sample.key(),
                    finite ? sample.time() + millis : sample.time(),
                    sample.amount() + 1,
                    sample.weight());
        }

        @Override
        public List<Sample> apply(Sample sample) {
            return List.of(shifted(sample));
        }

        @Override
        public EventStream<Sample> onto(EventStream<Sample> stream) {
            return stream.map(this::shifted);
        }
    }

    /** One becomes 0 to {@code most}, {@code apart} milliseconds from one another, forwards and backwards, some of other keys. */
    record Spread(int most, long apart) implements ChainOp {
        @Override
        public List<Sample> apply(Sample sample) {
            List<Sample> parts = new ArrayList<>();
            boolean finite = sample.time() != Sample.LATEST && sample.time() != Sample.EARLIEST;
            for (int i = 0; i < Math.floorMod(sample.amount(), most + 1); i++) {
                long move = i % 2 == 0 ? i * apart : -i * apart;
                parts.add(new Sample(
                        i < 3 ? sample.key() : sample.key() + "+" + i,
                        finite ? sample.time() + move : sample.time(),
                        sample.amount() * 7 + i,
                        sample.weight() / (i + 1)));
            }
            return parts;
        }

        @Override
        public EventStream<Sample> onto(EventStream<Sample> stream) {
            return stream.flatMap(this::apply);
        }
    }

    /** Throws for some. */
    record Fail(int modulus) implements ChainOp {
        Sample checked(Sample sample) {
            if (Math.floorMod(sample.amount(), modulus) == 1) {
                throw new IllegalStateException("no " + sample.amount());
            }
            return sample;
        }

        @Override
        public List<Sample> apply(Sample sample) {
            return List.of(checked(sample));
        }

        @Override
        public EventStream<Sample> onto(EventStream<Sample> stream) {
            return stream.map(this::checked);
        }
    }

    /** The event time: the sample's own, or that of its record. */
    record Time(Watermark watermark, boolean ofRecord) implements ChainOp {
        @Override
        public List<Sample> apply(Sample sample) {
            return List.of(sample);
        }

        @Override
        public EventStream<Sample> onto(EventStream<Sample> stream) {
            return ofRecord ? stream.eventTime(watermark) : stream.eventTime(Sample::instant, watermark);
        }
    }

    /** Up to four operators and, somewhere among them, the event time. */
    static List<ChainOp> random(SplittableRandom random, Watermark watermark, long windowMillis) {
        List<ChainOp> chain = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            chain.add(
                    switch (random.nextInt(6)) {
                        case 0, 1 -> new Keep(2 + random.nextInt(5));
                        case 2 -> new Shift(random.nextLong(-windowMillis, windowMillis + 1));
                        case 3, 4 -> new Spread(1 + random.nextInt(5), random.nextLong(windowMillis * 2 + 1));
                        default -> new Fail(20 + random.nextInt(60));
                    });
        }
        chain.add(random.nextInt(chain.size() + 1), new Time(watermark, random.nextInt(6) == 0));
        return chain;
    }
}
