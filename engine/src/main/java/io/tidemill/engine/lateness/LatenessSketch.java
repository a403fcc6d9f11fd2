package io.tidemill.engine.lateness;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * How far the elements of a partition were behind its newest event time, and which bounds would have been too small for
 * them. Values are kept to a number of significant digits, and none is more than 100 years. Not thread-safe.
 */
public final class LatenessSketch {
    /*
     * Two HdrHistograms. The first has how far each element was behind the newest one before it; its percentiles are what a
     * bound is chosen from. The second has, of elements whose window had ended by then, how far the newest event time was
     * past the end of the window and the allowed lateness. An element is late when
     *
     *     end + lateness <= newest - bound,  that is  bound <= newest - (end + lateness),
     *
     * so the second histogram says for any bound how many elements would have been late under it. It is kept apart because
     * it cannot be had from the first: how much time a window leaves depends on where in it the element is.
     */

    /** For a sketch that is always kept: values are right to 0.8 %, and take 5 to 35 KB in memory. */
    public static final int DIGITS_LIVE = 2;

    /** For looking at history: values are right to 0.1 %, and take up to ten times as much. */
    public static final int DIGITS_FINE = 3;

    /** What {@link #write} writes, at most. A million elements that are seconds to
     * minutes behind take 4 KB, a few thousand take one. */
    public static final int WRITTEN_BYTES_MAX = 12 << 10;

    private static final int VERSION = 1;
    private static final int DIGITS_COARSE = 1;

    /** The head of an encoded histogram, by its format V2. */
    private static final int HEAD_BYTES = 40;

    private static final int HEAD_DIGITS_AT = 12;
    private static final int HEAD_HIGHEST_AT = 24;

    /** One that takes more is written with fewer digits, which takes 5.5 KB whatever is in it. */
    private static final int FINE_BYTES_MAX = 4 << 10;

    private static final long MILLIS_MAX = Duration.ofDays(36_500).toMillis();

    private final int digits;
    private final Histogram behind;
    private final Histogram overdue;

    /** Elements that were not behind, and are not yet in the histogram: most are, and to count them takes no time. */
    private long inOrder;

    /** @param digits {@link #DIGITS_LIVE} or {@link #DIGITS_FINE} */
    public LatenessSketch(int digits) {
        this(digits, histogram(digits), histogram(digits));
    }

    private LatenessSketch(int digits, Histogram behind, Histogram overdue) {
        this.digits = digits;
        this.behind = behind;
        this.overdue = overdue;
    }

    private static Histogram histogram(int digits) {
        if (digits < DIGITS_COARSE || digits > DIGITS_FINE) {
            throw new IllegalArgumentException("a sketch has 1 to " + DIGITS_FINE + " digits, not " + digits);
        }
        return new Histogram(digits);
    }

    /**
     * Takes in an element.
     *
     * @param behindMillis how far it is behind the newest event time that its partition had before; zero or less where it
     *     is not, and where there was none
     * @param overdueMillis how far that newest time was past the end of the element's window and the allowed lateness: the
     *     largest bound under which it is late. Negative where it is on time under any bound. Of several windows, the
     *     largest
     */
    public void add(long behindMillis, long overdueMillis) {
        if (behindMillis <= 0) {
            inOrder++;
        } else {
            behind.recordValue(Math.min(behindMillis, MILLIS_MAX));
        }
        if (overdueMillis >= 0) {
            overdue.recordValue(Math.min(overdueMillis, MILLIS_MAX));
        }
    }

    private Histogram behind() {
        if (inOrder > 0) {
            behind.recordValueWithCount(0, inOrder);
            inOrder = 0;
        }
        return behind;
    }

    /** Takes in all that {@code other} has. */
    public void merge(LatenessSketch other) {
        behind().add(other.behind());
        overdue.add(other.overdue);
    }

    public LatenessSketch copy() {
        LatenessSketch copy = new LatenessSketch(digits);
        copy.merge(this);
        return copy;
    }

    /** How many elements. */
    public long count() {
        return behind().getTotalCount();
    }

    /** How far behind so many percent of the elements were at most; 0 where there are none. Rounded down. */
    public long behindMillis(double percentile) {
        return count() == 0 ? 0 : behind.lowestEquivalentValue(behind.getValueAtPercentile(percentile));
    }

    /** How far behind the last one was; rounded down. */
    public long behindMillisMax() {
        return count() == 0 ? 0 : behind.lowestEquivalentValue(behind.getMaxValue());
    }

    /** How many elements would have been late with this bound, give or take those near to it. */
    public long lateCount(Duration bound) {
        long from = Math.min(bound.toMillis(), MILLIS_MAX);
        return overdue.getTotalCount() == 0 || from > overdue.getMaxValue()
                ? 0
                : overdue.getCountBetweenValues(from, overdue.getMaxValue());
    }

    /** 0 to 1. */
    public double lateShare(Duration bound) {
        return count() == 0 ? 0 : (double) lateCount(bound) / count();
    }

    /** The smallest bound under which at most this share, 0 to 1, would have been late; rounded up. */
    public Duration boundFor(double share) {
        long over = overdue.getTotalCount() - (long) (share * count());
        if (over <= 0) {
            return Duration.ZERO;
        }
        // With a hair less than the exact percentile, rounding cannot make it the next value's.
        double percentile = 100.0 * (over - 0.5) / overdue.getTotalCount();
        return Duration.ofMillis(overdue.getValueAtPercentile(percentile) + 1);
    }

    /** Told a value and how many elements have it, or one that cannot be told from it. */
    @FunctionalInterface
    public interface Visitor {
        void at(long behindMillis, long count);
    }

    /** All that were behind by more than nothing, from the least to the most. */
    public void forEachBehind(Visitor visitor) {
        for (HistogramIterationValue each : behind().recordedValues()) {
            if (each.getValueIteratedTo() > 0) {
                visitor.at(behind.lowestEquivalentValue(each.getValueIteratedTo()), each.getCountAtValueIteratedTo());
            }
        }
    }

    // ---- bytes ----

    /**
     * Appends at most {@link #WRITTEN_BYTES_MAX} bytes. A sketch that takes more loses digits in them. It takes up to a
     * tenth of a millisecond, so not every commit should do it.
     */
    public void write(ByteSink sink) {
        sink.write(VERSION);
        sink.write(digits);
        sink.writeSized(bytes(behind()));
        sink.writeSized(bytes(overdue));
    }

    private static byte[] bytes(Histogram histogram) {
        if (histogram.getTotalCount() == 0) {
            return new byte[0];
        }
        byte[] fine = encoded(histogram, histogram.getNumberOfSignificantValueDigits());
        return fine.length <= FINE_BYTES_MAX ? fine : encoded(histogram, DIGITS_COARSE);
    }

    /** The bytes depend on what is in it alone, and not on how it has grown. */
    private static byte[] encoded(Histogram histogram, int digits) {
        Histogram fitting = new Histogram(1, Math.max(2, histogram.getMaxValue()), digits);
        fitting.add(histogram);
        ByteBuffer buffer = ByteBuffer.allocate(fitting.getNeededByteBufferCapacity());
        byte[] bytes = new byte[fitting.encodeIntoByteBuffer(buffer)];
        buffer.flip().get(bytes);
        return bytes;
    }

    /** What {@link #write} wrote. Throws {@link IllegalStateException} where it did not. */
    public static LatenessSketch read(ByteSource source) {
        byte version = source.readByte();
        if (version != VERSION) {
            throw new IllegalStateException("a lateness sketch of version " + version + ", not " + VERSION);
        }
        int digits = source.readByte();
        if (digits < DIGITS_COARSE || digits > DIGITS_FINE) {
            throw new IllegalStateException("a lateness sketch of " + digits + " digits");
        }
        LatenessSketch sketch = new LatenessSketch(digits);
        read(source.readSized(), sketch.behind);
        read(source.readSized(), sketch.overdue);
        return sketch;
    }

    private static void read(byte[] bytes, Histogram into) {
        if (bytes.length == 0) {
            return;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        requireModest(buffer);
        try {
            into.add(Histogram.decodeFromByteBuffer(buffer, 0));
        } catch (IllegalArgumentException | IndexOutOfBoundsException | BufferUnderflowException e) {
            throw new IllegalStateException("a damaged lateness sketch", e);
        }
    }

    /** What decoding makes room for is what the head of the bytes says. */
    private static void requireModest(ByteBuffer buffer) {
        if (buffer.remaining() < HEAD_BYTES
                || buffer.getInt(HEAD_DIGITS_AT) > DIGITS_FINE
                || buffer.getLong(HEAD_HIGHEST_AT) > 4 * MILLIS_MAX) {
            throw new IllegalStateException("a damaged lateness sketch");
        }
    }
}
