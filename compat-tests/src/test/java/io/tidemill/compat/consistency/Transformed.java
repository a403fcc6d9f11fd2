package io.tidemill.compat.consistency;

import org.apache.kafka.common.TopicPartition;

/** What a transformer makes of a record: where it was, and what it said. */
record Transformed(TopicPartition source, long offset, String value) {
    static Transformed parse(String text) {
        int at = text.indexOf('@');
        int equals = text.indexOf('=');
        int dash = text.lastIndexOf('-', at);
        return new Transformed(
                new TopicPartition(text.substring(0, dash), Integer.parseInt(text.substring(dash + 1, at))),
                Long.parseLong(text.substring(at + 1, equals)),
                text.substring(equals + 1));
    }

    String text() {
        return source + "@" + offset + "=" + value;
    }
}
