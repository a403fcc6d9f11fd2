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

    /**
     * @param element which of the elements that the record becomes, from 0
     * @param byMillis how far the watermark was past the end of the window and its allowed lateness
     */
    public record Missed(int element, Window window, long byMillis) {}

    /** The original's headers, then the envelope's. The last one says how many are the original's. */
    public List<Header> toHeaders() {
        List<Header> all = new ArrayList<>(headers);
        Envelope.putOrigin(all, origin);
        Envelope.put(all, "pipeline", pipeline);
        StringBuilder list = new StringBuilder();
        for (Missed each : missed) {
            list.append(list.isEmpty() ? "" : " ")
                    .append(each.element)
                    .append(',')
                    .append(each.window.startMillis())
                    .append(',')
                    .append(each.window.endMillis())
                    .append(',')
                    .append(each.byMillis);
        }
        Envelope.put(all, "late", list.toString());
        Envelope.putCount(all, headers.size());
        return all;
    }

    /** Reads what {@link #toHeaders} wrote. Throws {@link IllegalArgumentException} if it is something else. */
    public static LateRecord of(byte @Nullable [] key, byte @Nullable [] payload, List<Header> all) {
        Envelope envelope = Envelope.of(all, "a late record");
        List<Missed> missed = new ArrayList<>();
        for (String each : envelope.get("late").split(" ", -1)) {
            String[] parts = each.split(",", -1);
            if (parts.length != 4) {
                throw new IllegalArgumentException("the envelope's list of missed windows is not one: " + each);
            }
            missed.add(new Missed(
                    Integer.parseInt(parts[0]),
                    new Window(Long.parseLong(parts[1]), Long.parseLong(parts[2])),
                    Long.parseLong(parts[3])));
        }
        return new LateRecord(key, payload, envelope.originals(), envelope.origin(), envelope.get("pipeline"), missed);
    }
}
