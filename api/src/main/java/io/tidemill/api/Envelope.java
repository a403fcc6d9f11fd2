package io.tidemill.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Headers that follow a record's own, named {@code tidemill.*}; the last one says how many are the record's own. */
record Envelope(List<Header> originals, Map<String, String> fields) {
    private static final String PREFIX = "tidemill.";
    private static final String COUNT = PREFIX + "headers";

    static Envelope of(List<Header> all, String what) {
        if (all.isEmpty() || !all.get(all.size() - 1).name().equals(COUNT)) {
            throw new IllegalArgumentException("the record is not " + what + ": it does not end in an envelope");
        }
        int originals = Integer.parseInt(all.get(all.size() - 1).text());
        if (originals < 0 || originals >= all.size()) {
            throw new IllegalArgumentException("the envelope counts " + originals + " headers of " + all.size());
        }
        Map<String, String> fields = new HashMap<>();
        for (Header header : all.subList(originals, all.size())) {
            fields.put(header.name(), header.text());
        }
        return new Envelope(List.copyOf(all.subList(0, originals)), fields);
    }

    static void put(List<Header> headers, String name, String value) {
        headers.add(Header.text(PREFIX + name, value));
    }

    static void putOrigin(List<Header> headers, DeadLetter.Origin origin) {
        put(headers, "topic", origin.topic());
        put(headers, "partition", String.valueOf(origin.partition()));
        put(headers, "offset", String.valueOf(origin.offset()));
        put(headers, "timestamp", String.valueOf(origin.timestampMillis()));
    }

    static void putCount(List<Header> headers, int originals) {
        headers.add(Header.text(COUNT, String.valueOf(originals)));
    }

    String get(String name) {
        String value = fields.get(PREFIX + name);
        if (value == null) {
            throw new IllegalArgumentException("the envelope lacks " + PREFIX + name);
        }
        return value;
    }

    boolean has(String name) {
        return fields.containsKey(PREFIX + name);
    }

    String get(String name, String otherwise) {
        return fields.getOrDefault(PREFIX + name, otherwise);
    }

    DeadLetter.Origin origin() {
        return new DeadLetter.Origin(
                get("topic"),
                Integer.parseInt(get("partition")),
                Long.parseLong(get("offset")),
                Long.parseLong(get("timestamp")));
    }
}
