package io.tidemill.api;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
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
     * @param operator that it was late for; empty where the pipeline has only one that keeps state
     * @param element which of the elements that the record becomes for that operator, from 0
     * @param window of an element that missed its session the element's own millisecond, since only elements on time make
     *     sessions
     * @param byMillis how far the watermark was past the end of the window and its allowed lateness; for a session past the
     *     element's time and the allowed lateness
     */
    public record Missed(String operator, int element, Window window, long byMillis) {
        /** In a pipeline with one operator that keeps state. */
        public Missed(int element, Window window, long byMillis) {
            this("", element, window, byMillis);
        }

        private boolean isLater(Missed first, int steps, Missed second) {
            long startStep = second.window.startMillis() - first.window.startMillis();
            long endStep = second.window.endMillis() - first.window.endMillis();
            return element == first.element
                    && operator.equals(first.operator)
                    && window.startMillis() == first.window.startMillis() + steps * startStep
                    && window.endMillis() == first.window.endMillis() + steps * endStep
                    && byMillis == first.byMillis - steps * endStep;
        }

        /** The watermark is as much less past a window as that one ends later. */
        private Missed later(int steps, long startStep, long endStep) {
            return new Missed(
                    operator,
                    element,
                    new Window(window.startMillis() + steps * startStep, window.endMillis() + steps * endStep),
                    byMillis - steps * endStep);
        }
    }

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

    /**
     * Runs, separated by blanks. Each: first element, how many elements follow one another, window start, window end, by how
     * much. If one element missed several windows that follow one another in even steps, as sliding and cumulative ones do:
     * also how many windows, and by how much each one's start and end is behind the one before. Last, behind {@code @}, the
     * operator's name, percent-encoded, unless it is the only one.
     */
    private String encode() {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < missed.size(); ) {
            Missed first = missed.get(i);
            int elements = 1;
            while (i + elements < missed.size() && follows(missed.get(i + elements), first, elements)) {
                elements++;
            }
            int windows = elements > 1 ? 1 : windowsFrom(i);
            list.append(list.isEmpty() ? "" : " ")
                    .append(first.element)
                    .append(',')
                    .append(elements);
            list.append(',').append(first.window.startMillis());
            list.append(',').append(first.window.endMillis());
            list.append(',').append(first.byMillis);
            if (windows > 1) {
                Missed second = missed.get(i + 1);
                list.append(',').append(windows);
                list.append(',').append(second.window.startMillis() - first.window.startMillis());
                list.append(',').append(second.window.endMillis() - first.window.endMillis());
            }
            if (!first.operator.isEmpty()) {
                list.append('@').append(URLEncoder.encode(first.operator, StandardCharsets.UTF_8));
            }
            i += Math.max(elements, windows);
        }
        return list.toString();
    }

    private static boolean follows(Missed next, Missed first, int by) {
        return next.element == first.element + by
                && next.operator.equals(first.operator)
                && next.window.equals(first.window)
                && next.byMillis == first.byMillis;
    }

    /** How many windows of one element, from {@code at} on, follow one another in even steps. */
    private int windowsFrom(int at) {
        int count = 1;
        while (at + count < missed.size()
                && missed.get(at + count).isLater(missed.get(at), count, missed.get(at + 1))) {
            count++;
        }
        return count;
    }

    private static List<Missed> decode(String list) {
        List<Missed> missed = new ArrayList<>();
        for (String each : list.split(" ", -1)) {
            int named = each.indexOf('@');
            String operator = named < 0 ? "" : URLDecoder.decode(each.substring(named + 1), StandardCharsets.UTF_8);
            String[] parts = (named < 0 ? each : each.substring(0, named)).split(",", -1);
            boolean hasWindows = parts.length == 8;
            int elements = hasWindows || parts.length == 5 ? Integer.parseInt(parts[1]) : 0;
            int windows = hasWindows ? Integer.parseInt(parts[5]) : 1;
            if (elements < 1 || windows < 1 || missed.size() + (long) elements * windows > RUNS_MAX) {
                throw new IllegalArgumentException("the envelope's list of missed windows is not one: " + each);
            }
            Window window = new Window(Long.parseLong(parts[2]), Long.parseLong(parts[3]));
            long startStep = hasWindows ? Long.parseLong(parts[6]) : 0;
            long endStep = hasWindows ? Long.parseLong(parts[7]) : 0;
            for (int i = 0; i < elements; i++) {
                Missed first = new Missed(operator, Integer.parseInt(parts[0]) + i, window, Long.parseLong(parts[4]));
                for (int j = 0; j < windows; j++) {
                    missed.add(first.later(j, startStep, endStep));
                }
            }
        }
        return missed;
    }
}
