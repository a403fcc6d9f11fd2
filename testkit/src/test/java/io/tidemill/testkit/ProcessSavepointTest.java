package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.testkit.SavepointRig.Event;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The state of a function goes with a savepoint into changed code. */
final class ProcessSavepointTest {
    private static final ValueStateDescriptor<Long> COUNT = ValueState.of("count", Codec.int64());
    private static final ListStateDescriptor<String> LIST = ListState.of("list", Codec.text());
    private static final ValueStateDescriptor<String> NEW = ValueState.of("new", Codec.text());

    private record Counting(List<StateDescriptor> states) implements ProcessFunction<String, String, String> {
        @Override
        public void process(String element, ProcessContext<String, String> context) {
            long count = context.state(COUNT).valueOr(0L) + 1;
            context.state(COUNT).update(count);
            context.state(LIST).add(element);
            context.setEventTimer(context.time().plusMillis(25));
            context.collect(element + " #" + count);
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<String, String> context) {
            context.collect(context.key() + " at " + timer.time().toEpochMilli() + " "
                    + context.state(LIST).values().size());
            if (timer.time().toEpochMilli() % 3 == 0) {
                context.state(LIST).clear();
            }
        }
    }

    private static Pipeline pipeline(String name, String operator, StateDescriptor... states) {
        return Pipeline.named(name)
                .from(Topic.of(SavepointRig.SOURCE, Codec.text()))
                .eventTime(
                        text -> Instant.ofEpochMilli(Event.of(text).time()),
                        Watermark.outOfOrderBy(Duration.ofMillis(40)))
                .keyBy(text -> Event.of(text).key())
                .process(new Counting(List.of(states)), Codec.text())
                .as(operator)
                .formerly("before")
                .to(SavepointRig.RESULTS, Codec.text());
    }

    private static List<String> results(SavepointRig rig) {
        List<String> values = new ArrayList<>();
        TopicRecords.forEach(
                rig.log,
                SavepointRig.RESULTS,
                record -> values.add(new String(Objects.requireNonNull(record.value()), StandardCharsets.UTF_8)));
        return values.stream().sorted().toList();
    }

    @Test
    void aFunctionGoesOnUnderAnotherNameWithOneMoreState() {
        List<List<String>> events = SavepointRig.events(7, 400);
        List<String> expected;
        try (SavepointRig rig = new SavepointRig(1)) {
            rig.append(events, 0, 1);
            rig.finish(pipeline("one", "now", COUNT, LIST), 2);
            expected = results(rig);
        }
        try (SavepointRig rig = new SavepointRig(1)) {
            rig.append(events, 0, 0.5);
            Pipeline before = Pipeline.named("one")
                    .from(Topic.of(SavepointRig.SOURCE, Codec.text()))
                    .eventTime(
                            text -> Instant.ofEpochMilli(Event.of(text).time()),
                            Watermark.outOfOrderBy(Duration.ofMillis(40)))
                    .keyBy(text -> Event.of(text).key())
                    .process(new Counting(List.of(COUNT, LIST)), Codec.text())
                    .as("before")
                    .to(SavepointRig.RESULTS, Codec.text());
            rig.run(before, 2, 9);
            SavepointInfo savepoint = rig.savepoints.create(rig.log, before);
            Pipeline wrong = pipeline("three", "now", LIST);
            assertThatThrownBy(() -> rig.savepoints.restore(savepoint.file(), rig.log, wrong, RestoreOptions.keepAll()))
                    .isInstanceOf(SavepointException.class)
                    .hasMessageContaining("state 'count' (value of int64) is not in the code");
            Pipeline after = pipeline("two", "now", COUNT, LIST, NEW);
            rig.savepoints.restore(savepoint.file(), rig.log, after, RestoreOptions.keepAll());
            rig.append(events, 0.5, 1);
            rig.finish(after, 4);
            assertThat(results(rig)).isEqualTo(expected);
        }
    }
}
