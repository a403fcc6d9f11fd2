package io.tidemill.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.Cumulative;
import io.tidemill.api.Early;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.json.Json;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExplainTest {
    @Test
    void aPageOfText() {
        assertThat(Explain.of(Scene.sums())).isEqualTo("""
                Pipeline 'p'

                Operators
                  from       reads topic 'visits' as text
                  map        makes another element of each
                  eventTime  takes the time from the element; the watermark is 10 s behind the newest of its partition
                  keyBy      groups by a key, encoded as text
                  window     assigns to tumbling windows of 1 min
                  aggregate  folds with sum
                  to         writes to topic 'visits-per-minute' as json(result)

                Time
                  watermark         10 s behind the newest event time of a partition
                  idle after        30 s with nothing to read
                  refused           times more than 1 h ahead of the append
                  allowed lateness  0 s
                  correctable for   7 d after a window has closed

                Topics
                  reads   visits             the source: text; kept as the topic says (an audit needs all that was read)
                  writes  visits-per-minute  the results: key text and window, value json(result); kept for ever, the newest of every key
                  writes  p.late             late records: as in the source, and an envelope; kept for 30 d
                  writes  p.dead             dead letters: as in the source, and an envelope; kept for 30 d
                  writes  p.changelog        the state: tidemill; kept while it is state
                  writes  p.closed           the accumulators of closed windows: tidemill; kept until the watermark is 7 d past their window

                State
                  p          in p.changelog  how far it has read, watermarks, the ledger
                  aggregate  in p.changelog  sum accumulators by key and open window
                  aggregate  in p.closed     sum accumulators by key and closed window, while it can be corrected
                """);
    }

    @Test
    void anAggregateIsToldInItsOwnWords() {
        assertAggregate(Aggregate.count(), "count", "count");
        assertAggregate(Aggregate.mostFrequent(Visit::key, Codec.text(), 3), "mostFrequent(text)", "mostFrequent");
        assertAggregate(
                Aggregate.all(Map.of("keys", Aggregate.countDistinct(Visit::key, Codec.text()))),
                "all(keys=countDistinct(text))",
                "all");
        assertAggregate(new Last(), Last.class.getName(), Last.class.getName());
    }

    private static void assertAggregate(Aggregate<Visit, ?, ?> aggregate, String words, String kind) {
        ExplainPlan plan = ExplainPlan.of(Scene.perMinute().aggregate(aggregate).to("results", Json.results()));

        assertThat(plan.operators())
                .filteredOn(each -> each.name().equals("aggregate"))
                .extracting(ExplainPlan.Step::does)
                .containsExactly("folds with " + words);
        assertThat(plan.state())
                .filteredOn(each -> each.name().equals("aggregate"))
                .extracting(ExplainPlan.State::holds)
                .allSatisfy(each -> assertThat(each).startsWith(kind + " accumulators by key and "));
    }

    /** Of a user, who gave it no format. */
    private static final class Last implements Aggregate<Visit, Long, Long> {
        @Override
        public Long create() {
            return 0L;
        }

        @Override
        public Long add(Long accumulator, Visit value) {
            return value.number();
        }

        @Override
        public Long merge(Long left, Long right) {
            return right;
        }

        @Override
        public Long result(Long accumulator) {
            return accumulator;
        }

        @Override
        public void write(Long accumulator, ByteSink sink) {
            sink.writeVarlong(accumulator);
        }

        @Override
        public Long read(ByteSource source) {
            return source.readVarlong();
        }
    }

    @Test
    void aPipelineThatKeepsNothingHasNoWindowsAndNoAccumulators() {
        ExplainPlan plan = ExplainPlan.of(Pipeline.named("copy")
                .from(Topic.of("from", Codec.bytes()))
                .as("in")
                .filter(bytes -> bytes.length > 0)
                .to("to", Codec.bytes()));

        assertThat(plan.operators()).extracting(ExplainPlan.Step::name).containsExactly("in", "filter", "to");
        assertThat(plan.times()).isEmpty();
        assertThat(plan.windows()).isEmpty();
        assertThat(plan.topics())
                .extracting(ExplainPlan.TopicUse::topic)
                .containsExactly("from", "to", "copy.dead", "copy.changelog");
        assertThat(plan.state()).hasSize(1);
        assertThat(plan.warnings()).isEmpty();
    }

    @Test
    void longTimesAreKeptLong() {
        ExplainPlan plan = ExplainPlan.of(Scene.perMinute()
                .correctableFor(Duration.ofDays(90))
                .aggregate(Aggregate.count())
                .to("counts", Json.results()));

        assertThat(plan.topics())
                .filteredOn(each -> each.topic().equals("p.late"))
                .singleElement()
                .extracting(ExplainPlan.TopicUse::kept)
                .isEqualTo("for 90 d");
    }

    @Test
    void whatMaySurpriseIsSaid() {
        assertThat(ExplainPlan.of(Scene.visits(Duration.ZERO)
                                .keyBy(Visit::key)
                                .aggregate(Aggregate.count())
                                .to("counts", Json.results()))
                        .warnings())
                .satisfiesExactly(
                        each -> assertThat(each).contains("no window"),
                        each -> assertThat(each).contains("never shrinks"));
        assertThat(ExplainPlan.of(Pipeline.named("p")
                                .from(Topic.of("visits", Codec.text()))
                                .map(Visit::parse)
                                .eventTime(
                                        Visit::time,
                                        Watermark.outOfOrderBy(Duration.ofMinutes(90))
                                                .aheadMax(Duration.ofDays(400)))
                                .keyBy(Visit::key)
                                .window(Tumbling.of(Duration.ofHours(1)))
                                .allowedLateness(Duration.ofMinutes(5))
                                .correctableFor(Duration.ofMinutes(30))
                                .aggregate(Aggregate.count())
                                .to("counts", Json.results()))
                        .warnings())
                .satisfiesExactly(
                        each -> assertThat(each).contains("aheadMax is 400 d"),
                        each -> assertThat(each).contains("1 h 30 min").contains("about 2 windows"),
                        each -> assertThat(each).contains("correctableFor (30 min) is shorter"),
                        each -> assertThat(each).contains("allowedLateness is 5 min"));
        assertThat(ExplainPlan.of(Scene.perMinute()
                                .correctableFor(Duration.ZERO)
                                .aggregate(Aggregate.count())
                                .to("counts", Json.results()))
                        .warnings())
                .singleElement()
                .asString()
                .contains("never be corrected");
    }

    @Test
    void everyKindOfWindowHasItsWords() {
        Duration day = Duration.ofDays(1);
        Duration hour = Duration.ofHours(1);
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        assertThat(Wording.of(Tumbling.of(day).in(berlin).offsetBy(Duration.ofHours(6))))
                .isEqualTo("tumbling windows of 1 d in Europe/Berlin offset by 6 h");
        assertThat(Wording.of(Sliding.of(day, hour).offsetBy(Duration.ofMinutes(15))))
                .isEqualTo("sliding windows of 1 d every 1 h offset by 15 min");
        assertThat(Wording.of(Cumulative.of(day, hour))).isEqualTo("cumulative windows of 1 d in steps of 1 h");
        assertThat(Wording.of(Session.withGap(hour))).isEqualTo("sessions that end after a pause of more than 1 h");
        assertThat(Wording.of(Session.withGap(hour).maxDuration(day)))
                .isEqualTo("sessions that end after a pause of more than 1 h and last at most 1 d");
    }

    @Test
    void whatEarlyResultsPromiseIsSaid() {
        assertThat(ExplainPlan.of(Scene.perMinute()
                                .early(Early.every(Duration.ofSeconds(5)))
                                .aggregate(Aggregate.count())
                                .to("counts", Json.results()))
                        .warnings())
                .singleElement()
                .asString()
                .contains("an early result every 5 s", "depend on timing");
    }

    @Test
    void earlyResultsAndTheZoneAreFields() {
        Pipeline pipeline = Scene.visits(Duration.ZERO)
                .keyBy(Visit::key)
                .window(Sliding.of(Duration.ofHours(3), Duration.ofHours(1)).in(ZoneId.of("America/New_York")))
                .early(Early.count(1_000))
                .aggregate(Aggregate.count())
                .to("counts", Json.results());

        assertThat(ExplainPlan.of(pipeline).windows())
                .containsExactly(new ExplainPlan.Windows(
                        "window",
                        "sliding windows of 3 h every 1 h in America/New_York",
                        ZoneId.of("America/New_York"),
                        Duration.ZERO,
                        Duration.ofDays(7),
                        "an early result after every 1000 elements of a key and window"));
        assertThat(Explain.of(pipeline))
                .contains("before the end    an early result after every 1000 elements")
                .contains("open window, and every element is in 3 windows");
    }
}
