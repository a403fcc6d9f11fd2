package io.tidemill.engine;

/**
 * The hash by which Kafka's clients choose a partition for a key: Austin Appleby's MurmurHash2, 32 bits, with Kafka's
 * seed. Results lie where a Kafka producer would have put their keys.
 */
final class Murmur2 {
    private static final int SEED = 0x9747b28c;
    private static final int M = 0x5bd1e995;

    private Murmur2() {}

    static int hash(byte[] bytes, int offset, int length) {
        int hash = SEED ^ length;
        int at = offset;
        int end = offset + (length & ~3);
        while (at < end) {
            int k = KeyBytes.intAt(bytes, at);
            k *= M;
            k ^= k >>> 24;
            k *= M;
            hash = hash * M ^ k;
            at += 4;
        }
        int rest = length & 3;
        if (rest >= 3) {
            hash ^= (bytes[at + 2] & 0xFF) << 16;
        }
        if (rest >= 2) {
            hash ^= (bytes[at + 1] & 0xFF) << 8;
        }
        if (rest >= 1) {
            hash ^= bytes[at] & 0xFF;
            hash *= M;
        }
        hash ^= hash >>> 13;
        hash *= M;
        return hash ^ hash >>> 15;
    }

    static int partition(int hash, int partitions) {
        return (hash & 0x7FFF_FFFF) % partitions;
    }

    /** A lane has a range of it, whatever the number of lanes: so stores keep keys in this order, unsigned. */
    static int order(int hash) {
        return hash * 0x9E3779B9;
    }

    /** Spread apart from {@link #partition}, so that the lanes share each partition's keys evenly. */
    static int lane(int hash, int lanes) {
        return lanes == 1 ? 0 : (int) (((order(hash) & 0xFFFF_FFFFL) * lanes) >>> 32);
    }
}
