package io.tidemill.engine;

import io.tidemill.api.Codec;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.WatermarkGenerator;
import io.tidemill.api.plan.Operator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A topic that a pipeline reads, and where its elements go. Immutable. */
final class SourcePlan {
    final int number;

    /** Among the pipeline's operators. */
    final int place;

    private final String name;
    private final Topic<?> topic;
    final Codec<Object> codec;
    final ChainStep[] next;

    /** Null where records are elements, and not versions of what a table has. */
    final Operator.@Nullable Table table;

    /** Null where nobody says when elements happened. */
    final @Nullable Watermark watermark;

    /** Says how far a partition has come; null where its newest event time does. */
    final @Nullable WatermarkGenerator<Object> generator;

    /** How far a partition's watermark is behind its newest event time, or behind what the generator says. */
    final long boundMillis;

    /** Stands for the topic in the origins of rows. */
    final int topicHash;

    @SuppressWarnings("unchecked") // the builder has checked the types
    SourcePlan(int number, int place, Operator operator, ChainStep[] next, Operator.@Nullable EventTime time) {
        this.number = number;
        this.place = place;
        this.name = operator.name();
        this.table = operator instanceof Operator.Table of ? of : null;
        this.topic = table == null ? ((Operator.From) operator).topic() : table.topic();
        this.codec = (Codec<Object>) topic.codec();
        this.next = next;
        this.watermark = table != null ? table.watermark() : time == null ? null : time.watermark();
        this.generator = time == null ? null : time.generator();
        this.boundMillis = this.watermark == null ? 0 : this.watermark.bound().toMillis();
        byte[] bytes = topic.name().getBytes(StandardCharsets.UTF_8);
        this.topicHash = Murmur2.hash(bytes, 0, bytes.length);
    }

    /** Of the operator. */
    String name() {
        return name;
    }

    String topic() {
        return topic.name();
    }
}
