package io.tidemill.testkit.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What must hold of any stream, and that the streams get to where it hurts. */
final class RandomStreamTest {
    private static final int STREAMS = 300;
    private static final long UNIT = 10;
    private static final long BOUND = 25;

    private static RandomStream stream(long seed) {
        return RandomStream.of(seed, RandomStream.Shape.random(seed, 0, UNIT, BOUND));
    }

    private static List<Element<String, Long>> elements(RandomStream stream) {
        return stream.partitions().stream()
                .flatMap(List::stream)
                .flatMap(input -> input.elements().stream())
                .toList();
    }

    private static Answers<String, Long> answers(RandomStream stream, Session session, long lateness) {
        return WindowOracle.<String, Long, Long>of(
                        session,
                        Watermark.outOfOrderBy(Duration.ofMillis(BOUND)),
                        Duration.ofMillis(lateness),
                        elements -> (long) elements.size())
                .answers(stream.partitions());
    }

    @Test
    void aSeedMakesOneStream() throws Exception {
        Seeds.run(seed -> assertThat(stream(seed)).isEqualTo(stream(seed)));
    }

    @Test
    void everyRecordArrivesOnce() throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < STREAMS; i++) {
                RandomStream stream = stream(seed + i);
                int[] arrived = new int[stream.partitions().size()];
                stream.arrivals().forEach(arrival -> arrived[arrival.partition()]++);
                for (int partition = 0; partition < arrived.length; partition++) {
                    assertThat(stream.partitions().get(partition)).hasSize(arrived[partition]);
                }
            }
        });
    }

    /** By another way: sorted, and looked through once. */
    @Test
    void sessionsAreThoseOfASortedList() throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < STREAMS; i++) {
                RandomStream stream = stream(seed + i);
                for (long max : new long[] {1, UNIT, UNIT * 3 / 2, 3 * UNIT, 1_000_000}) {
                    Session session = Session.withGap(Duration.ofMillis(UNIT)).maxDuration(Duration.ofMillis(max));
                    assertThat(answers(stream, session, 0).all()).isEqualTo(sorted(elements(stream), max));
                }
            }
        });
    }

    private static Map<Place<String>, Long> sorted(List<Element<String, Long>> elements, long max) {
        Map<String, List<Long>> times = new TreeMap<>();
        elements.forEach(each ->
                times.computeIfAbsent(each.key(), any -> new ArrayList<>()).add(each.timeMillis()));
        Map<Place<String>, Long> counts = new HashMap<>();
        times.forEach((key, list) -> {
            list.sort(null);
            int first = 0;
            for (int i = 1; i <= list.size(); i++) {
                if (i == list.size() || list.get(i) - list.get(i - 1) > UNIT || list.get(i) - list.get(first) >= max) {
                    counts.put(new Place<>(key, new Window(list.get(first), list.get(i - 1) + 1)), (long) i - first);
                    first = i;
                }
            }
        });
        return counts;
    }

    /** Sessions hold each element once, sliding windows as often as it is in windows. */
    @Test
    void nothingIsLost() throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < STREAMS; i++) {
                RandomStream stream = stream(seed + i);
                long elements = elements(stream).size();
                Answers<String, Long> sessions =
                        answers(stream, Session.withGap(Duration.ofMillis(UNIT)), i % 2 * UNIT);
                assertThat(sum(sessions.all())).isEqualTo(elements);
                assertThat(sum(sessions.onTime()) + sessions.late().size()).isEqualTo(elements);
                Answers<String, Long> sliding = WindowOracle.<String, Long, Long>of(
                                Sliding.of(Duration.ofMillis(4 * UNIT), Duration.ofMillis(UNIT)),
                                Watermark.outOfOrderBy(Duration.ofMillis(BOUND)),
                                Duration.ZERO,
                                list -> (long) list.size())
                        .answers(stream.partitions());
                assertThat(sum(sliding.all())).isEqualTo(4 * elements);
                assertThat(sum(sliding.onTime()) + sliding.late().size()).isEqualTo(4 * elements);
            }
        });
    }

    private static long sum(Map<Place<String>, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** From fixed seeds: a generator that has become tame would make every suite that uses it pass. */
    @Test
    void streamsGetToTheEdges() {
        int late = 0;
        int justLate = 0;
        int joined = 0;
        int silent = 0;
        int exactlyTheGap = 0;
        int beforeTheEpoch = 0;
        for (long seed = 1; seed <= STREAMS; seed++) {
            RandomStream stream = stream(seed);
            Answers<String, Long> answers = answers(stream, Session.withGap(Duration.ofMillis(UNIT)), 0);
            late += answers.late().size();
            justLate += (int)
                    answers.late().stream().filter(each -> each.byMillis() == 1).count();
            joined += answers.all().size() < answers.onTime().size() ? 1 : 0;
            silent += stream.partitions().stream().anyMatch(List::isEmpty) ? 1 : 0;
            exactlyTheGap += hasExactGap(elements(stream)) ? 1 : 0;
            beforeTheEpoch += elements(stream).stream().anyMatch(each -> each.timeMillis() < 0) ? 1 : 0;
        }
        assertThat(late).as("late").isGreaterThan(STREAMS);
        assertThat(justLate).as("late by a millisecond").isGreaterThan(STREAMS / 10);
        assertThat(joined).as("sessions joined by late elements").isGreaterThan(STREAMS / 10);
        assertThat(silent).as("partitions with nothing").isGreaterThan(STREAMS / 20);
        assertThat(exactlyTheGap).as("pauses of exactly the gap").isGreaterThan(STREAMS / 3);
        assertThat(beforeTheEpoch).as("times before 1970").isGreaterThan(STREAMS / 3);
    }

    private static boolean hasExactGap(List<Element<String, Long>> elements) {
        List<Long> times = elements.stream()
                .filter(each -> each.key().equals("k0"))
                .map(Element::timeMillis)
                .sorted()
                .toList();
        for (int i = 1; i < times.size(); i++) {
            if (times.get(i) - times.get(i - 1) == UNIT) {
                return true;
            }
        }
        return false;
    }
}
