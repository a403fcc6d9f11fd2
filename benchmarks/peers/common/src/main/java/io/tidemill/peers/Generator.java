package io.tidemill.peers;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;

/**
 * The page views of all peers: event i of n is a pure function of i and n, so that each peer gets the same bytes. 10,000
 * pages by Zipf's law (page-0 is a tenth of all), 100,000 users alike; event time spans 24 hours; 95 % come within a second of
 * order, 4 % up to 10 minutes late, 1 % from 10 minutes to 2 hours late.
 */
public final class Generator implements Serializable {
    /** An hour's beginning, in the past of any clock. */
    public static final long START_MILLIS = 1_700_006_400_000L;

    public static final long HOUR_MILLIS = 3_600_000L;

    /** What is behind the latest of its kind by more than this may be dropped. */
    public static final long LATENESS_MILLIS = 600_000;

    public static final int PARTITIONS = 4;
    public static final String FLUSH = "flush-";

    private static final int PAGES = 10_000;
    private static final int USERS = 100_000;
    private static final long DAY_MILLIS = 24 * HOUR_MILLIS;
    private static final int RANKS = 1 << 20;
    private static final short[] PAGE_OF_RANK = new short[RANKS];
    private static final String[] PAGE_IDS = new String[PAGES];
    private static final String[] USER_IDS = new String[USERS];

    static {
        double[] shares = new double[PAGES];
        double sum = 0;
        for (int page = 0; page < PAGES; page++) {
            sum += 1.0 / (page + 1);
            shares[page] = sum;
            PAGE_IDS[page] = "page-" + page;
        }
        int page = 0;
        for (int rank = 0; rank < RANKS; rank++) {
            while (shares[page] < (rank + 0.5) / RANKS * sum) {
                page++;
            }
            PAGE_OF_RANK[rank] = (short) page;
        }
        for (int user = 0; user < USERS; user++) {
            USER_IDS[user] = "user-" + user;
        }
    }

    private Generator() {}

    public static PageView event(long i, long n) {
        long first = mix(i);
        long second = mix(first);
        int page = PAGE_OF_RANK[(int) (first >>> 44)];
        int user = (int) ((first & 0xFFFF_FFFFL) * USERS >>> 32);
        long arrival = START_MILLIS + (long) ((double) i / n * DAY_MILLIS);
        long dwellMillis = (second >>> 16 & 0xFFFF) % 60_000;
        return new PageView(arrival - delayMillis(second), PAGE_IDS[page], USER_IDS[user], dwellMillis);
    }

    /** The number of the page of event i. */
    public static int page(long i) {
        return PAGE_OF_RANK[(int) (mix(i) >>> 44)];
    }

    private static long delayMillis(long bits) {
        int percent = (int) ((bits & 0xFFFF) * 100 >>> 16);
        long share = bits >>> 32;
        if (percent < 95) {
            return share * 1_000 >>> 32;
        }
        return percent < 99 ? 1_000 + (share * 599_000 >>> 32) : 600_000 + (share * 6_600_000 >>> 32);
    }

    private static long mix(long bits) {
        long z = bits + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** After the data come two of these for each partition: the first closes the data's windows, the second the first's own. */
    public static PageView flush(int partition, int step) {
        return new PageView(START_MILLIS + (step == 1 ? 36 : 60) * HOUR_MILLIS, FLUSH + partition, "user-0", 0);
    }

    /** By hand, because what the generator costs is no part of any measurement. */
    public static byte[] json(PageView view) {
        String text = "{\"event_time\":" + view.eventTime + ",\"page_id\":\"" + view.pageId + "\",\"user_id\":\""
                + view.userId + "\",\"dwell_ms\":" + view.dwellMs + "}";
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
