package io.tidemill.examples;

import io.tidemill.api.ByteSink;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * An endless, repeatable stream of page views as JSON. The caller says when each one arrives, live or by an
 * {@link EventSpan}; the generator says when it happened. Allocates nothing per event. Not thread-safe.
 */
public final class PageViewGenerator {
    private static final byte[] EVENT_TIME = ascii("{\"eventTime\":");
    private static final byte[] PAGE_ID = ascii(",\"pageId\":\"");
    private static final byte[] USER_ID = ascii("\",\"userId\":\"user-");
    private static final byte[] DWELL_MS = ascii("\",\"dwellMs\":");
    private static final byte[] END = ascii("}");
    private static final int LINE_BYTES_MAX = 160;

    private final SplittableRandom random;
    private final Delays delays;
    private final Zipf zipf;
    private final byte[][] pages;
    private final int users;
    private final int dwells;
    private final byte[] line = new byte[LINE_BYTES_MAX];

    private byte[] key;
    private long eventTimeMillis;
    private long arrivalMillis;

    public PageViewGenerator(PageViewSettings settings) {
        random = new SplittableRandom(settings.seed());
        delays = new Delays(settings.lateness());
        zipf = new Zipf(settings.pages());
        pages = new byte[settings.pages()][];
        for (int page = 0; page < pages.length; page++) {
            pages[page] = ascii("page-" + page);
        }
        users = settings.users();
        dwells = settings.dwellMsMax() + 1;
        key = pages[0];
    }

    /**
     * Goes to the next page view and appends its value to {@code sink}: about 84 bytes of JSON on one line, without a line
     * end.
     *
     * @param arrivesAtMillis when it reaches the log, since the epoch; the event time is that or earlier, and not before 1970
     */
    public void next(long arrivesAtMillis, ByteSink sink) {
        long happenedAtMillis = arrivesAtMillis - delays.millis(random.nextLong());
        if (happenedAtMillis < 0) {
            throw new IllegalArgumentException(
                    "a page view that arrives at " + arrivesAtMillis + " happened before 1970");
        }
        arrivalMillis = arrivesAtMillis;
        eventTimeMillis = happenedAtMillis;
        key = pages[zipf.rank(random.nextLong())];
        long bits = random.nextLong();
        write(((bits >>> 32) * users) >>> 32, ((bits & 0xFFFF_FFFFL) * dwells) >>> 32, sink);
    }

    /** The page's name in ASCII, the key of the last event's record. Shared: not to be changed. */
    public byte[] key() {
        return key;
    }

    /** The last event's time, since the epoch. */
    public long eventTimeMillis() {
        return eventTimeMillis;
    }

    /** When the last event arrived, since the epoch: the timestamp for its record. */
    public long arrivalMillis() {
        return arrivalMillis;
    }

    /** Writes the line from its end to its start, since a number's last digit is the first one known. */
    private void write(long user, long dwellMs, ByteSink sink) {
        int start = putBefore(LINE_BYTES_MAX, END);
        start = putBefore(start, dwellMs);
        start = putBefore(start, DWELL_MS);
        start = putBefore(start, user);
        start = putBefore(start, USER_ID);
        start = putBefore(start, key);
        start = putBefore(start, PAGE_ID);
        start = putBefore(start, eventTimeMillis);
        start = putBefore(start, EVENT_TIME);
        sink.write(line, start, LINE_BYTES_MAX - start);
    }

    private int putBefore(int end, byte[] text) {
        int start = end - text.length;
        System.arraycopy(text, 0, line, start, text.length);
        return start;
    }

    private int putBefore(int end, long number) {
        int start = end;
        long rest = number;
        do {
            line[--start] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        return start;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
