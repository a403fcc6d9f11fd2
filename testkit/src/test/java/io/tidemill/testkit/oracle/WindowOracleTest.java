package io.tidemill.testkit.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Cumulative;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.api.Windowing;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Every expectation is worked out by hand. An element's value is its time, unless said otherwise; answers list the values. */
final class WindowOracleTest {
    private static final Session GAP_10 = Session.withGap(ms(10));

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    private static WindowOracle<String, Long, List<Long>> oracle(Windowing windowing, long bound, long lateness) {
        return WindowOracle.of(
                windowing,
                Watermark.outOfOrderBy(ms(bound)),
                ms(lateness),
                elements -> elements.stream().map(Element::value).sorted().toList());
    }

    /** One key, one element a record. */
    private static List<Input<String, Long>> partition(long... times) {
        return java.util.Arrays.stream(times)
                .mapToObj(time -> Input.of("k", time, time))
                .toList();
    }

    private static Map<Window, List<Long>> of(Map<Place<String>, List<Long>> results) {
        Map<Window, List<Long>> byWindow = new TreeMap<>();
        results.forEach((place, values) -> byWindow.put(place.window(), values));
        return byWindow;
    }

    private static Map<Window, List<Long>> allOf(Windowing windowing, long... times) {
        Answers<String, List<Long>> answers = oracle(windowing, 1_000_000, 0).answers(List.of(partition(times)));
        assertThat(answers.late()).isEmpty();
        assertThat(answers.onTime()).isEqualTo(answers.all());
        return of(answers.all());
    }

    private static Window window(long start, long end) {
        return new Window(start, end);
    }

    // ---- lateness ----

    @Test
    void aTumblingWindowClosesWhenTheWatermarkReachesItsEnd() {
        // newest 12, bound 3: the watermark is 9, then 10
        Answers<String, List<Long>> answers =
                oracle(Tumbling.of(ms(10)), 3, 0).answers(List.of(partition(5, 12, 6, 13, 9, 10)));
        assertThat(answers.late()).containsExactly(new Late(0, 4, 0, window(0, 10), 0));
        assertThat(of(answers.onTime()))
                .isEqualTo(Map.of(window(0, 10), List.of(5L, 6L), window(10, 20), List.of(10L, 12L, 13L)));
        assertThat(of(answers.all()))
                .isEqualTo(Map.of(window(0, 10), List.of(5L, 6L, 9L), window(10, 20), List.of(10L, 12L, 13L)));
    }

    @Test
    void allowedLatenessKeepsItOpen() {
        // watermark 14: end 10 + 5 is ahead; watermark 15: it is reached
        Answers<String, List<Long>> answers =
                oracle(Tumbling.of(ms(10)), 0, 5).answers(List.of(partition(14, 1, 15, 2, 30, 3)));
        assertThat(answers.late())
                .containsExactly(new Late(0, 3, 0, window(0, 10), 0), new Late(0, 5, 0, window(0, 10), 15));
        assertThat(of(answers.onTime()).get(window(0, 10))).containsExactly(1L);
    }

    @Test
    void aRecordIsJudgedByItsOwnPartitionAsItWasBeforeIt() {
        List<List<Input<String, Long>>> partitions = List.of(partition(100, 101), partition(1, 12, 2));
        Answers<String, List<Long>> answers = oracle(Tumbling.of(ms(10)), 0, 0).answers(partitions);
        assertThat(answers.late()).containsExactly(new Late(1, 2, 0, window(0, 10), 2));
    }

    @Test
    void theElementsOfARecordDoNotMakeOneAnotherLate() {
        Element<String, Long> newer = new Element<>("k", 50, 1L);
        Element<String, Long> older = new Element<>("k", 1, 2L);
        Answers<String, List<Long>> answers = oracle(Tumbling.of(ms(10)), 0, 0)
                .answers(List.of(List.of(Input.of(List.of(newer, older)), Input.of("k", 2, 3L))));
        assertThat(answers.late()).containsExactly(new Late(0, 1, 0, window(0, 10), 40));
    }

    @Test
    void whatWasFilteredMovesTheWatermark() {
        Answers<String, List<Long>> answers = oracle(Tumbling.of(ms(10)), 0, 0)
                .answers(List.of(List.of(
                        new Input<>(List.of(), 10), new Input<>(List.of(), Input.NO_TIME), Input.of("k", 9, 9L))));
        assertThat(answers.late()).containsExactly(new Late(0, 2, 0, window(0, 10), 0));
        assertThat(answers.onTime()).isEmpty();
        assertThat(of(answers.all())).isEqualTo(Map.of(window(0, 10), List.of(9L)));
    }

    @Test
    void anElementMayBeLateForSomeOfItsWindowsOnly() {
        // 7 is in [0, 10) and [5, 15); the watermark is 12
        Answers<String, List<Long>> answers =
                oracle(Sliding.of(ms(10), ms(5)), 0, 0).answers(List.of(partition(12, 7)));
        assertThat(answers.late()).containsExactly(new Late(0, 1, 0, window(0, 10), 2));
        assertThat(of(answers.onTime()))
                .isEqualTo(Map.of(window(5, 15), List.of(7L, 12L), window(10, 20), List.of(12L)));
        assertThat(of(answers.all()))
                .isEqualTo(Map.of(
                        window(0, 10), List.of(7L), window(5, 15), List.of(7L, 12L), window(10, 20), List.of(12L)));
    }

    @Test
    void cumulativeWindowsHoldWhatCameBeforeThem() {
        Answers<String, List<Long>> answers =
                oracle(Cumulative.of(ms(9), ms(3)), 0, 0).answers(List.of(partition(-1, 1, 4, 2)));
        assertThat(answers.late()).containsExactly(new Late(0, 3, 0, window(0, 3), 1));
        assertThat(of(answers.onTime()))
                .isEqualTo(Map.of(
                        window(-9, 0), List.of(-1L),
                        window(0, 3), List.of(1L),
                        window(0, 6), List.of(1L, 2L, 4L),
                        window(0, 9), List.of(1L, 2L, 4L)));
    }

    @Test
    void aDayInNewYork() {
        Tumbling days = Tumbling.of(Duration.ofDays(1)).in(ZoneId.of("America/New_York"));
        long start = Instant.parse("2024-11-03T04:00:00Z").toEpochMilli();
        long end = Instant.parse("2024-11-04T05:00:00Z").toEpochMilli();
        assertThat(allOf(days, start - 1, start, end - 1, end).get(window(start, end)))
                .containsExactly(start, end - 1);
        Answers<String, List<Long>> answers =
                oracle(days, 0, 0).answers(List.of(partition(start, end - 1, start + 1, end, start + 2)));
        assertThat(answers.late()).containsExactly(new Late(0, 4, 0, window(start, end), 0));
    }

    // ---- sessions ----

    @Test
    void aPauseOfExactlyTheGapKeepsASessionTogether() {
        assertThat(allOf(GAP_10, 0, 10, 20)).isEqualTo(Map.of(window(0, 21), List.of(0L, 10L, 20L)));
        assertThat(allOf(GAP_10, 0, 11)).isEqualTo(Map.of(window(0, 1), List.of(0L), window(11, 12), List.of(11L)));
        assertThat(allOf(GAP_10, -25, -5, -15, 6))
                .isEqualTo(Map.of(window(-25, -4), List.of(-25L, -15L, -5L), window(6, 7), List.of(6L)));
    }

    @Test
    void elementsOfOneTimeAreOneSession() {
        assertThat(allOf(Session.withGap(ms(1)), 3, 3, 4, 3)).isEqualTo(Map.of(window(3, 5), List.of(3L, 3L, 3L, 4L)));
    }

    @Test
    void whatIsAtTheMaximumBeginsTheNextSession() {
        Session atMost25 = GAP_10.maxDuration(ms(25));
        assertThat(allOf(atMost25, 0, 8, 16, 24)).isEqualTo(Map.of(window(0, 25), List.of(0L, 8L, 16L, 24L)));
        assertThat(allOf(atMost25, 0, 8, 16, 25))
                .isEqualTo(Map.of(window(0, 17), List.of(0L, 8L, 16L), window(25, 26), List.of(25L)));
        // the next one is cut from its own first element on
        assertThat(allOf(atMost25, 0, 10, 20, 30, 40, 50, 60, 75))
                .isEqualTo(Map.of(
                        window(0, 21), List.of(0L, 10L, 20L),
                        window(30, 51), List.of(30L, 40L, 50L),
                        window(60, 61), List.of(60L),
                        window(75, 76), List.of(75L)));
    }

    @Test
    void aMaximumBelowTheGapCutsEveryChain() {
        Session atMost5 = GAP_10.maxDuration(ms(5));
        assertThat(allOf(atMost5, 0, 4, 5, 9, 10))
                .isEqualTo(Map.of(
                        window(0, 5), List.of(0L, 4L), window(5, 10), List.of(5L, 9L), window(10, 11), List.of(10L)));
        assertThat(allOf(GAP_10.maxDuration(ms(1)), 0, 0, 1))
                .isEqualTo(Map.of(window(0, 1), List.of(0L, 0L), window(1, 2), List.of(1L)));
    }

    /** A cut goes by what is there: an earlier element moves all cuts of its chain. */
    @Test
    void anEarlierElementMovesTheCuts() {
        Session atMost25 = GAP_10.maxDuration(ms(25));
        assertThat(allOf(atMost25, 20, 30, 40, 50, 10))
                .isEqualTo(Map.of(window(10, 31), List.of(10L, 20L, 30L), window(40, 51), List.of(40L, 50L)));
        assertThat(allOf(atMost25, 20, 30, 40, 50))
                .isEqualTo(Map.of(window(20, 41), List.of(20L, 30L, 40L), window(50, 51), List.of(50L)));
    }

    @Test
    void aSessionsElementIsLateBehindTheWatermark() {
        // watermark 90: 90 is expected still, 89 is late; its session would be joined with nothing
        Answers<String, List<Long>> answers = oracle(GAP_10, 10, 0).answers(List.of(partition(100, 90, 89)));
        assertThat(answers.late()).containsExactly(new Late(0, 2, 0, window(89, 90), 1));
        assertThat(of(answers.onTime())).isEqualTo(Map.of(window(90, 101), List.of(90L, 100L)));
        assertThat(of(answers.all())).isEqualTo(Map.of(window(89, 101), List.of(89L, 90L, 100L)));
    }

    @Test
    void allowedLatenessOfSessions() {
        Answers<String, List<Long>> answers = oracle(GAP_10, 10, 5).answers(List.of(partition(100, 85, 84)));
        assertThat(answers.late()).containsExactly(new Late(0, 2, 0, window(84, 85), 1));
        assertThat(of(answers.onTime()))
                .isEqualTo(Map.of(window(85, 86), List.of(85L), window(100, 101), List.of(100L)));
    }

    /** Late by the watermark is late, even if its session is still open and would take it in. */
    @Test
    void lateEvenIfItsSessionIsOpen() {
        Answers<String, List<Long>> answers = oracle(GAP_10, 0, 0).answers(List.of(partition(0, 9, 5)));
        assertThat(answers.late()).containsExactly(new Late(0, 2, 0, window(5, 6), 4));
        assertThat(of(answers.onTime())).isEqualTo(Map.of(window(0, 10), List.of(0L, 9L)));
        assertThat(of(answers.all())).isEqualTo(Map.of(window(0, 10), List.of(0L, 5L, 9L)));
    }

    @Test
    void aLateElementMayJoinTwoSessions() {
        Answers<String, List<Long>> answers = oracle(GAP_10, 0, 0).answers(List.of(partition(0, 20, 100, 10)));
        assertThat(answers.late()).containsExactly(new Late(0, 3, 0, window(10, 11), 90));
        assertThat(of(answers.onTime()))
                .isEqualTo(Map.of(
                        window(0, 1), List.of(0L), window(20, 21), List.of(20L), window(100, 101), List.of(100L)));
        assertThat(of(answers.all()))
                .isEqualTo(Map.of(window(0, 21), List.of(0L, 10L, 20L), window(100, 101), List.of(100L)));
    }

    /** With a maximum it may join chains and still leave two sessions, cut elsewhere. */
    @Test
    void aLateElementMayMoveTheCutsBehindIt() {
        Answers<String, List<Long>> answers =
                oracle(GAP_10.maxDuration(ms(25)), 0, 0).answers(List.of(partition(0, 20, 30, 40, 100, 10)));
        assertThat(of(answers.onTime()))
                .isEqualTo(Map.of(
                        window(0, 1), List.of(0L),
                        window(20, 41), List.of(20L, 30L, 40L),
                        window(100, 101), List.of(100L)));
        assertThat(of(answers.all()))
                .isEqualTo(Map.of(
                        window(0, 21), List.of(0L, 10L, 20L),
                        window(30, 41), List.of(30L, 40L),
                        window(100, 101), List.of(100L)));
    }

    @Test
    void keysHaveTheirOwnSessionsAndPartitionsShareThem() {
        List<Input<String, Long>> one = List.of(Input.of("a", 0, 1L), Input.of("b", 5, 2L));
        List<Input<String, Long>> two = List.of(Input.of("a", 10, 3L));
        Answers<String, List<Long>> answers = oracle(GAP_10, 0, 0).answers(List.of(one, two));
        assertThat(answers.all())
                .isEqualTo(Map.of(
                        new Place<>("a", window(0, 11)), List.of(1L, 3L), new Place<>("b", window(5, 6)), List.of(2L)));
    }

    @Test
    void whatIsBeyondCorrectionStaysOut() {
        List<List<Input<String, Long>>> partitions = List.of(partition(0, 20, 100, 10, 11));
        Answers<String, List<Long>> answers = oracle(GAP_10, 0, 0).answers(partitions, late -> late.input() == 3);
        assertThat(answers.late()).hasSize(2);
        assertThat(of(answers.all()))
                .isEqualTo(Map.of(
                        window(0, 1), List.of(0L),
                        window(11, 21), List.of(11L, 20L),
                        window(100, 101), List.of(100L)));
        Answers<String, List<Long>> sliding =
                oracle(Sliding.of(ms(10), ms(5)), 0, 0).answers(List.of(partition(12, 7)), late -> true);
        assertThat(sliding.all()).isEqualTo(sliding.onTime());
    }
}
