package io.tidemill.json;

import java.util.LinkedHashSet;
import java.util.Random;
import java.util.Set;

/** Names of eight characters with the same hash in Jackson's table of names, whatever its seed. */
final class CollidingNames {
    private CollidingNames() {}

    static Set<String> list(int count) {
        Random random = new Random(1);
        int inverse = 0x3E0F83E1; // of 33, modulo 2^32
        Set<String> names = new LinkedHashSet<>();
        while (names.size() < count) {
            int first = 0;
            for (int i = 0; i < 4; i++) {
                first = first << 8 | 'A' + random.nextInt(58);
            }
            int hash = first + (first >>> 15);
            hash ^= hash >>> 9;
            int second = (12_345 - hash) * inverse;
            if (isPlain(first) && isPlain(second)) {
                names.add(text(first) + text(second));
            }
        }
        return names;
    }

    private static boolean isPlain(int quad) {
        for (int shift = 0; shift < 32; shift += 8) {
            int c = quad >>> shift & 0xFF;
            if (c <= ' ' || c >= 0x7F || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    private static String text(int quad) {
        return "" + (char) (quad >>> 24) + (char) (quad >>> 16 & 0xFF) + (char) (quad >>> 8 & 0xFF)
                + (char) (quad & 0xFF);
    }
}
