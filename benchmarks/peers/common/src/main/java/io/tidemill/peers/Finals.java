package io.tidemill.peers;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The results that a reader has seen: counts them, adds up the page views they stand for, finds what came twice, and knows
 * when all are there. Not thread-safe.
 */
public final class Finals {
    private static final long QUIET_MILLIS = 2_000;

    private final long events;
    private final Set<String> windows = new HashSet<>();
    private final Set<String> flushed = new HashSet<>();
    private long firstMillis;
    private long lastMillis;
    private long finals;
    private long duplicates;
    private long counted;
    private long dwellMillis;

    /** @param events how many page views went in */
    public Finals(long events) {
        this.events = events;
    }

    /** Takes a result of any peer, as JSON. */
    public void add(byte[] json, long nowMillis) {
        String text = new String(json, StandardCharsets.ISO_8859_1);
        boolean ours = text.startsWith("{\"key\"");
        String page = after(text, ours ? "\"key\":" : "\"page_id\":");
        String window = after(text, ours ? "\"windowStart\":" : "\"window_start\":");
        firstMillis = firstMillis == 0 ? nowMillis : firstMillis;
        lastMillis = nowMillis;
        if (page.startsWith(Generator.FLUSH)) {
            flushed.add(page);
            return;
        }
        finals++;
        if (windows.add(page + "|" + window)) {
            counted += Long.parseLong(after(text, "\"count\":"));
            dwellMillis += Long.parseLong(after(text, ours ? "\"dwellMs\":" : "\"dwell_sum\":"));
        } else {
            duplicates++;
        }
    }

    /** Whether the result of the last flush event of every partition is there, and nothing has come for two seconds. */
    public boolean areComplete(long nowMillis) {
        return flushed.size() == Generator.PARTITIONS && nowMillis - lastMillis > QUIET_MILLIS;
    }

    /** What the rig reads. */
    public String line() {
        return String.format(
                Locale.ROOT,
                "END ms=%d first_final_ms=%d finals=%d duplicates=%d counted=%d not_counted=%d dwell_ms=%d flushed=%d",
                lastMillis,
                firstMillis,
                finals,
                duplicates,
                counted,
                events - counted,
                dwellMillis,
                flushed.size());
    }

    /** A field's text or number. */
    private static String after(String json, String name) {
        int at = json.indexOf(name);
        if (at < 0) {
            throw new IllegalArgumentException("no " + name + " in " + json);
        }
        int start = at + name.length();
        if (json.charAt(start) == '"') {
            return json.substring(start + 1, json.indexOf('"', start + 1));
        }
        int end = start;
        while (end < json.length() && ",}".indexOf(json.charAt(end)) < 0) {
            end++;
        }
        return json.substring(start, end);
    }
}
