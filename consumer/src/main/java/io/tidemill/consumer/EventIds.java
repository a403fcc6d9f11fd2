package io.tidemill.consumer;

import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** How to tell that two records are the same event. */
public final class EventIds {
    private EventIds() {}

    /**
     * {@code topic-partition-offset}: finds records that this group reads twice. Not events that were produced twice, nor a
     * topic that was made anew under its old name.
     */
    public static Function<ConsumerRecord<?, ?>, String> position() {
        return record -> record.topic() + "-" + record.partition() + "-" + record.offset();
    }

    /** The text of the last header of that name. A record without it fails. */
    public static Function<ConsumerRecord<?, ?>, String> header(String name) {
        return record -> {
            Header header = record.headers().lastHeader(name);
            Checks.that(header != null && header.value() != null, "the record has no header " + name);
            return new String(header.value(), StandardCharsets.UTF_8);
        };
    }

    /** The key's text; bytes are taken as UTF-8. A record without a key fails. */
    public static Function<ConsumerRecord<?, ?>, String> key() {
        return record -> {
            Object key = record.key();
            Checks.that(key != null, "the record has no key");
            return key instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(key);
        };
    }
}
