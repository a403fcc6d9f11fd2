package io.tidemill.sketches;

import com.dynatrace.hash4j.distinctcount.UltraLogLog;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A set of 64-bit hashes. While they are few they are kept; beyond that they go into the registers of an UltraLogLog.
 *
 * <p>Which of the two it is depends on the number of distinct hashes only, and registers are maxima: the bytes are a function
 * of the set. The estimator reads the registers, and not the way in which they came to be, as martingale estimators do.
 */
final class DistinctSketch {
    /** Of the estimator used, times the square root of the number of registers (Ertl, "UltraLogLog", VLDB 2024). */
    private static final double ERROR_OF_ONE_REGISTER = 0.7822;

    private static final double STANDARD_ERRORS = 3;
    private static final int PRECISION_MIN = 6;
    private static final int PRECISION_MAX = 17;

    private final int precision;
    private long[] hashes = new long[1]; // sorted
    private int hashCount;
    private @Nullable UltraLogLog registers;

    DistinctSketch(int precision) {
        this.precision = precision;
    }

    /** The exponent of two of the number of registers. */
    static int precision(double standardError) {
        if (!(standardError >= 0.0025 && standardError <= 0.1)) {
            throw new IllegalArgumentException("a standard error is 0.0025 to 0.1, not " + standardError);
        }
        for (int precision = PRECISION_MIN; precision < PRECISION_MAX; precision++) {
            if (standardError(precision) <= standardError) {
                return precision;
            }
        }
        return PRECISION_MAX;
    }

    private static double standardError(int precision) {
        return ERROR_OF_ONE_REGISTER / Math.sqrt(1 << precision);
    }

    /** Hashes take half of the room of the registers at most. */
    private int hashesMax() {
        return (1 << precision) / 16;
    }

    void add(long hash) {
        if (registers != null) {
            registers.add(hash);
            return;
        }
        int found = Arrays.binarySearch(hashes, 0, hashCount, hash);
        if (found < 0) {
            insert(-found - 1, hash);
        }
    }

    private void insert(int at, long hash) {
        if (hashCount == hashesMax()) {
            toRegisters().add(hash);
            return;
        }
        if (hashCount == hashes.length) {
            hashes = Arrays.copyOf(hashes, Math.min(hashesMax(), hashCount * 2));
        }
        System.arraycopy(hashes, at, hashes, at + 1, hashCount - at);
        hashes[at] = hash;
        hashCount++;
    }

    private UltraLogLog toRegisters() {
        UltraLogLog made = UltraLogLog.create(precision);
        for (int i = 0; i < hashCount; i++) {
            made.add(hashes[i]);
        }
        hashes = new long[0];
        hashCount = 0;
        registers = made;
        return made;
    }

    void add(DistinctSketch other) {
        if (other.registers != null) {
            (registers == null ? toRegisters() : registers).add(other.registers);
        }
        for (int i = 0; i < other.hashCount; i++) {
            add(other.hashes[i]);
        }
    }

    DistinctEstimate estimate() {
        if (registers == null) {
            return DistinctEstimate.exact(hashCount);
        }
        double estimate = registers.getDistinctCountEstimate(UltraLogLog.OPTIMAL_FGRA_ESTIMATOR);
        double margin = STANDARD_ERRORS * standardError(precision);
        // So many there are certainly: fewer would have been kept.
        long least = hashesMax() + 1L;
        long lower = Math.max(least, (long) Math.floor(estimate / (1 + margin)));
        long upper = Math.max(least, (long) Math.ceil(estimate / (1 - margin)));
        return new DistinctEstimate(Math.max(least, Math.round(estimate)), lower, upper);
    }

    /** The number of hashes and the hashes, or one more than can be kept and the registers. */
    void write(ByteSink sink) {
        if (registers != null) {
            sink.writeVarint(hashesMax() + 1);
            sink.write(registers.getState());
            return;
        }
        sink.writeVarint(hashCount);
        for (int i = 0; i < hashCount; i++) {
            sink.writeLong(hashes[i]);
        }
    }

    static DistinctSketch read(ByteSource source, int precision) {
        DistinctSketch sketch = new DistinctSketch(precision);
        int count = source.readVarint();
        if (count < 0 || count > sketch.hashesMax() + 1) {
            throw new IllegalStateException(count + " hashes where " + sketch.hashesMax() + " are kept");
        }
        if (count > sketch.hashesMax()) {
            sketch.hashes = new long[0];
            sketch.registers = UltraLogLog.wrap(legal(source.readBytes(1 << precision), precision));
        } else {
            sketch.readHashes(source, count);
        }
        return sketch;
    }

    private void readHashes(ByteSource source, int count) {
        for (int i = 0; i < count; i++) {
            long hash = source.readLong();
            if (i > 0 && hashes[i - 1] >= hash) {
                throw new IllegalStateException("hashes out of order");
            }
            insert(i, hash);
        }
    }

    /** Only some bytes can be a register: others would make estimates of nonsense. */
    private static byte[] legal(byte[] state, int precision) {
        for (byte each : state) {
            int register = each & 0xFF;
            int beyondFirst = register - 4 * precision; // -4, 0, 2, and from 4 on all
            if (register != 0 && beyondFirst < 4 && beyondFirst != 2 && beyondFirst != 0 && beyondFirst != -4) {
                throw new IllegalStateException("no register of an UltraLogLog is " + register);
            }
        }
        return state;
    }
}
