package io.tidemill.api;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record that came too late for a window. It is stored as {@link DeadLetter}s are: the original, byte for byte, and an
 * envelope in headers named {@code tidemill.*}.
 *
 * @param missed the windows that it missed; a record that became several elements may be late for some only
 */
public record LateRecord(
        byte @Nullable [] key,
        byte @Nullable [] payload,
        List<Header> headers,
        DeadLetter.Origin origin,
        String pipeline,
        List<Missed> missed) {

    /** More than one record can become. */
    private static final int RUNS_MAX = 1_000_000;

    /**
     * @param element which of the elements that the record becomes, from 0
     * @param window of an element that missed its session the element's own millisecond, since only elements on time make
     *     sessions
     * @param byMillis how far the watermark was past the end of the window and its allowed lateness; for a session past the
     *     element's time and the allowed lateness
     */
    public record Missed(int element, Window window, long byMillis) {}

    /** The original's headers, then the envelope's. The last one says how many are the original's. */
    public List<Header> toHeaders() {
        List<Header> all = new ArrayList<>(headers);
        Envelope.putOrigin(all, origin);
        Envelope.put(all, "pipeline", pipeline);
        Envelope.put(all, "late", encode());
        Envelope.putCount(all, headers.size());
        return all;
    }

    /** Reads what {@link #toHeaders} wrote. Throws {@link IllegalArgumentException} if it is something else. */
    public static LateRecord of(byte @Nullable [] key, byte @Nullable [] payload, List<Header> all) {
        Envelope envelope = Envelope.of(all, "a late record");
        List<Missed> missed = decode(envelope.get("late"));
        return new LateRecord(key, payload, envelope.originals(), envelope.origin(), envelope.get("pipeline"), missed);
    }

    /** First element, how many follow one another, window start, window end, by how much; runs are separated by blanks. */
    private String encode() {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < missed.size(); ) {
            Missed first = missed.get(i);
            int run = 1;
            while (i + run < missed.size() && follows(missed.get(i + run), first, run)) {
                run++;
            }
            list.append(list.isEmpty() ? "" : " ")
                    .append(first.element)
                    .append(',')
                    .append(run)
                    .append(',')
                    .append(first.window.startMillis())
                    .append(',')
                    .append(first.window.endMillis())
                    .append(',')
                    .append(first.byMillis);
            i += run;
        }
        return list.toString();
    }

    private static boolean follows(Missed next, Missed first, int by) {
        return next.element == first.element + by
                && next.window.equals(first.window)
                && next.byMillis == first.byMillis;
    }

    private static List<Missed> decode(String list) {
        List<Missed> missed = new ArrayList<>();
        for (String each : list.split(" ", -1)) {
            String[] parts = each.split(",", -1);
            int run = parts.length == 5 ? Integer.parseInt(parts[1]) : 0;
            if (run < 1 || missed.size() + (long) run > RUNS_MAX) {
                throw new IllegalArgumentException("the envelope's list of missed windows is not one: " + each);
            }
            Window window = new Window(Long.parseLong(parts[2]), Long.parseLong(parts[3]));
            for (int i = 0; i < run; i++) {
                missed.add(new Missed(Integer.parseInt(parts[0]) + i, window, Long.parseLong(parts[4])));
            }
        }
        return missed;
    }
}
