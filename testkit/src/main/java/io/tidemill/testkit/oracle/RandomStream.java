package io.tidemill.testkit.oracle;

import io.tidemill.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A stream that likes the edges: out of order, by exactly the bound and a millisecond more; ties; steps of exactly a unit and
 * of its multiples; partitions that are far behind others, go idle for a while, or hold nothing. The same seed and shape make
 * the same stream.
 *
 * @param partitions what each partition holds, in the order of the log
 * @param arrivals one for each record: how the partitions' records come between one another
 */
public record RandomStream(List<List<Input<String, Long>>> partitions, List<Arrival> arrivals) {
    /**
     * What a stream is made of. Immutable.
     *
     * @param partitions at least 1
     * @param records of all partitions together
     * @param keys at least 1
     * @param elementsMax what a record becomes at most; 1 for one element each
     * @param aroundMillis the event time near which the stream begins: 0 for times before and after 1970
     * @param unitMillis what times often differ by exactly: a session's gap or maximum, a window's size
     * @param boundMillis of the watermark: most records are less out of order
     * @param idleAfterMillis of the watermark: some pauses are longer
     */
    public record Shape(
            int partitions,
            int records,
            int keys,
            int elementsMax,
            long aroundMillis,
            long unitMillis,
            long boundMillis,
            long idleAfterMillis) {
        public Shape {
            if (partitions < 1 || records < 0 || keys < 1 || elementsMax < 1) {
                throw new IllegalArgumentException("a stream has partitions, keys and elements, not "
                        + List.of(partitions, records, keys, elementsMax));
            }
            if (unitMillis < 1 || boundMillis < 0 || idleAfterMillis < 1) {
                throw new IllegalArgumentException(
                        "times are forward, not " + List.of(unitMillis, boundMillis, idleAfterMillis));
            }
        }

        /** Any small shape, for windows that have to do with {@code unitMillis}. */
        public static Shape random(long seed, long aroundMillis, long unitMillis, long boundMillis) {
            SplittableRandom random = Seeds.random(seed, "shape");
            return new Shape(
                    1 + random.nextInt(4),
                    random.nextInt(random.nextBoolean() ? 30 : 200),
                    1 + random.nextInt(4),
                    1 + random.nextInt(3),
                    aroundMillis,
                    unitMillis,
                    boundMillis,
                    1 + random.nextLong(10_000));
        }
    }

    public static RandomStream of(long seed, Shape shape) {
        return new Making(Seeds.random(seed, "stream"), shape).make();
    }

    /** A stream in the making. */
    private static final class Making {
        private final SplittableRandom random;
        private final Shape shape;
        private final long[] clocks;
        private final int[] weights;
        private final List<List<Input<String, Long>>> partitions = new ArrayList<>();
        private final List<Arrival> arrivals = new ArrayList<>();
        private long values;

        private Making(SplittableRandom random, Shape shape) {
            this.random = random;
            this.shape = shape;
            this.clocks = new long[shape.partitions];
            this.weights = new int[shape.partitions];
        }

        private RandomStream make() {
            for (int i = 0; i < shape.partitions; i++) {
                partitions.add(new ArrayList<>());
                clocks[i] = shape.aroundMillis + random.nextLong(-3, 4) * shape.unitMillis;
                weights[i] = weight();
            }
            int left = shape.records;
            while (left > 0) {
                int burst = Math.min(left, 1 + random.nextInt(20));
                burst(burst);
                left -= burst;
            }
            return new RandomStream(partitions.stream().map(List::copyOf).toList(), List.copyOf(arrivals));
        }

        /** Some partitions have little, and some nothing. */
        private int weight() {
            return random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(4);
        }

        /** A run of arrivals; between runs some partitions fall silent, others wake up, and time may pass. */
        private void burst(int count) {
            weights[random.nextInt(weights.length)] = weight();
            Duration pause = random.nextInt(3) == 0
                    ? Duration.ofMillis(shape.idleAfterMillis + random.nextInt(2))
                    : Duration.ZERO;
            for (int i = 0; i < count; i++) {
                int partition = pickPartition();
                partitions.get(partition).add(input(partition));
                arrivals.add(new Arrival(partition, i == 0 ? pause : Duration.ZERO));
            }
        }

        private int pickPartition() {
            int sum = 0;
            for (int weight : weights) {
                sum += weight;
            }
            if (sum == 0) {
                return random.nextInt(weights.length);
            }
            int at = random.nextInt(sum);
            int partition = 0;
            while (at >= weights[partition]) {
                at -= weights[partition++];
            }
            return partition;
        }

        private Input<String, Long> input(int partition) {
            clocks[partition] += step();
            int count = shape.elementsMax == 1 ? 1 : random.nextInt(shape.elementsMax + 1);
            long time = clocks[partition] - behind();
            boolean isOneTime = random.nextBoolean();
            List<Element<String, Long>> elements = new ArrayList<>();
            long newest = time;
            for (int i = 0; i < count; i++) {
                long each = isOneTime ? time : clocks[partition] - behind();
                newest = i == 0 ? each : Math.max(newest, each);
                elements.add(new Element<>("k" + random.nextInt(shape.keys), each, values++));
            }
            // What was filtered may be newer than what was not.
            return new Input<>(elements, newest + (shape.elementsMax > 1 && random.nextInt(8) == 0 ? step() : 0));
        }

        /** How far event time goes on. */
        private long step() {
            return switch (random.nextInt(8)) {
                case 0, 1 -> 0;
                case 2 -> 1;
                case 3 -> shape.unitMillis;
                case 4 -> shape.unitMillis + 1;
                case 5 -> shape.unitMillis * random.nextInt(4);
                default -> random.nextLong(shape.unitMillis + 1);
            };
        }

        /** How far an element is behind the newest: seldom further than the bound. */
        private long behind() {
            return switch (random.nextInt(16)) {
                case 0 -> shape.boundMillis;
                case 1 -> shape.boundMillis + 1;
                case 2 -> shape.boundMillis + random.nextLong(4) * shape.unitMillis;
                case 3 -> shape.unitMillis;
                case 4, 5, 6, 7 -> random.nextLong(shape.boundMillis + 1);
                default -> 0;
            };
        }
    }
}
