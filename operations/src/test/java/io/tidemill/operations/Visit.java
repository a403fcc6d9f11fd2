package io.tidemill.operations;

import java.time.Instant;

/** What the tests count: {@code key,time in seconds,number}. */
record Visit(String key, long second, long number) {
    static Visit parse(String text) {
        String[] fields = text.split(",", -1);
        return new Visit(fields[0], Long.parseLong(fields[1]), Long.parseLong(fields[2]));
    }

    Instant time() {
        return Instant.ofEpochSecond(second);
    }

    String text() {
        return key + "," + second + "," + number;
    }
}
