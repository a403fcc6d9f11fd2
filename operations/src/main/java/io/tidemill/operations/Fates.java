package io.tidemill.operations;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.plan.Operator;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Elements.Element;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fate of every record of a graph, judged again for each operator that its elements come to. Not thread-safe. */
final class Fates {
    private final Pipeline pipeline;
    private final Parts all;
    private final Letters letters;
    private final Map<String, Elements> elements = new HashMap<>();
    private final Map<TopicPartition, Recount.Partition> partitions = new HashMap<>();

    /** By place: what elements can be late for there; null where they cannot. */
    private final Operator.@Nullable Windowed[] windows;

    /** Elements of sources, by the place of the operator that they have come to. */
    private final long[] arrived;

    Fates(Pipeline pipeline, Letters letters) {
        this.pipeline = pipeline;
        this.all = Parts.ofAll(pipeline);
        this.letters = letters;
        this.arrived = new long[pipeline.operators().size()];
        this.windows = new Operator.Windowed[arrived.length];
        for (int place = 0; place < arrived.length; place++) {
            windows[place] = Branches.windowed(pipeline, place);
        }
    }

    void take(TopicPartition from, RecordCursor record) {
        Recount.Partition at = partitions.computeIfAbsent(from, each -> new Recount.Partition());
        Elements its = elements.computeIfAbsent(from.topic(), topic -> new Elements(all, topic));
        at.boundMillis = its.boundMillis();
        at.read++;
        Elements.Made made;
        try {
            made = its.of(from.partition(), record);
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            at.deadLettered++;
            return;
        }
        if (letters.isForgotten(from, record.offset())) {
            at.deadLettered++;
            return;
        }
        boolean isLate = false;
        for (Element element : made.elements()) {
            boolean late = isLate(element, at);
            isLate |= late;
            at.lateElements += late ? 1 : 0;
            at.onTimeElements += late ? 0 : 1;
            arrived[element.place()]++;
        }
        its.keep();
        at.newestMillis = Math.max(at.newestMillis, made.newestMillis());
        at.filtered += made.elements().isEmpty() ? 1 : 0;
        at.late += isLate ? 1 : 0;
        at.onTime += isLate || made.elements().isEmpty() ? 0 : 1;
    }

    /** Whether it is late for any of its windows. */
    private boolean isLate(Element element, Recount.Partition at) {
        Operator.Windowed windowed = windows[element.place()];
        if (windowed == null || at.newestMillis == Elements.NO_TIME) {
            return false;
        }
        long watermark =
                at.newestMillis - at.boundMillis - windowed.allowedLateness().toMillis();
        if (windowed.windowing() instanceof Session) {
            return element.timeMillis() < watermark;
        }
        return ((AlignedWindowing) windowed.windowing())
                .windowsOf(element.timeMillis()).stream().anyMatch(window -> window.endMillis() <= watermark);
    }

    Recount.Partition of(TopicPartition partition) {
        return partitions.getOrDefault(partition, new Recount.Partition());
    }

    /** Elements into those operators that keep state, and ends, to which elements of sources alone come. */
    Map<String, Long> arrivedByOperator() {
        Map<String, Long> counts = new HashMap<>();
        for (int place = 0; place < arrived.length; place++) {
            Operator operator = pipeline.operators().get(place);
            boolean isEnd = operator.keepsState() || operator instanceof Operator.To;
            if (isEnd && !Ways.topicsInto(pipeline, place).isEmpty()) {
                counts.put(operator.name(), arrived[place]);
            }
        }
        return counts;
    }

    Recount.Partition total() {
        Recount.Partition total = new Recount.Partition();
        for (Recount.Partition each : partitions.values()) {
            total.read += each.read;
            total.onTime += each.onTime;
            total.late += each.late;
            total.filtered += each.filtered;
            total.deadLettered += each.deadLettered;
        }
        return total;
    }
}
