package io.tidemill.engine;

import io.tidemill.api.Codec;
import io.tidemill.api.Watermark;
import io.tidemill.api.plan.Operator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A topic that a pipeline reads, and where its elements go. Immutable. */
final class SourcePlan {
    final int number;

    /** Among the pipeline's operators. */
    final int place;

    final Operator.From from;
    final Codec<Object> codec;
    final ChainStep[] next;

    /** Null where nobody says when elements happened. */
    final @Nullable Watermark watermark;

    /** How far a partition's watermark is behind its newest event time. */
    final long boundMillis;

    /** Stands for the topic in the origins of rows. */
    final int topicHash;

    @SuppressWarnings("unchecked") // the builder has checked the types
    SourcePlan(int number, int place, Operator.From from, ChainStep[] next, @Nullable Watermark watermark) {
        this.number = number;
        this.place = place;
        this.from = from;
        this.codec = (Codec<Object>) from.topic().codec();
        this.next = next;
        this.watermark = watermark;
        this.boundMillis = watermark == null ? 0 : watermark.bound().toMillis();
        byte[] name = from.topic().name().getBytes(StandardCharsets.UTF_8);
        this.topicHash = Murmur2.hash(name, 0, name.length);
    }

    String topic() {
        return from.topic().name();
    }
}
