package io.tidemill.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Header;
import io.tidemill.api.Pane;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Window;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineStatus;
import io.tidemill.log.Commit;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results of sessions, written by hand, and held against what the rules say. */
class SessionAuditTest {
    private static final TopicPartition RESULTS = new TopicPartition(Scene.RESULTS, 0);
    private static final long BOUND_SECONDS = 10;

    @TempDir
    Path directory;

    private Scene scene;
    private Session windows = Session.withGap(Duration.ofSeconds(15));
    private Duration lateness = Duration.ZERO;
    private long awaiting;
    private long corrected;

    @BeforeEach
    void open() {
        scene = new Scene(directory, 1);
        scene.log.createTopic(Scene.RESULTS, TopicConfig.compacted(1));
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private Pipeline pipeline() {
        return Scene.visits(Duration.ofSeconds(BOUND_SECONDS))
                .keyBy(Visit::key)
                .window(windows)
                .allowedLateness(lateness)
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, result -> String.valueOf(result.value()), Codec.text());
    }

    // ---- results as an engine would write them ----

    private void result(String key, long from, long lastSecond, long sum) {
        result(key, window(from, lastSecond), 0, Pane.FINAL, String.valueOf(sum));
    }

    private static Window window(long fromSecond, long lastSecond) {
        return new Window(fromSecond * 1000, lastSecond * 1000 + 1);
    }

    private void result(String key, Window window, int revision, Pane pane, @Nullable String text) {
        List<Header> headers = List.of(
                Header.text("tidemill.window", window.toString()),
                Header.text("tidemill.revision", String.valueOf(revision)),
                Header.text("tidemill.pane", pane.name()));
        byte[] identity = ByteBuffer.allocate(key.length() + 16)
                .put(key.getBytes(UTF_8))
                .putLong(window.startMillis())
                .putLong(window.endMillis())
                .array();
        scene.log.commit(Commit.of(
                RESULTS, window.endMillis() - 1, identity, text == null ? null : text.getBytes(UTF_8), headers));
    }

    private void takeBack(String key, long from, long lastSecond) {
        result(key, window(from, lastSecond), 0, Pane.FINAL, null);
    }

    /** @param closedUpTo in seconds */
    private AuditReport audit(long closedUpTo) {
        return audit(closedUpTo * 1000, Scene.ROOM);
    }

    private AuditReport audit(long closedUpToMillis, Pairs.Limits limits) {
        TopicPartition source = new TopicPartition(Scene.SOURCE, 0);
        OffsetRange range = scene.log.offsets(source);
        SortedMap<TopicPartition, Long> positions = new TreeMap<>(Map.of(source, range.end()));
        SortedMap<TopicPartition, Ledger.Records> sources =
                new TreeMap<>(Map.of(source, new Ledger.Records(0, 0, 0, 0, 0, 0, 0)));
        Ledger ledger = new Ledger(sources, List.of(), new TreeMap<>(), 0, 0, corrected, 0, 0);
        OffsetRange results = scene.log.offsets(RESULTS);
        Committed committed = new Committed(
                new PipelineStatus(
                        positions,
                        closedUpToMillis,
                        0,
                        awaiting,
                        ledger,
                        new TreeMap<>(),
                        new TreeMap<>(),
                        new TreeMap<>()),
                List.of(new Scan(source, range.start(), range.end())),
                false,
                Letters.none(),
                StatePairs.none(),
                List.of(new Committed.Results(new Scan(RESULTS, 0, results.end()), results.end())),
                scene.log.topic(Scene.RESULTS).orElseThrow().config(),
                Duration.ofDays(7).toMillis(),
                lateness.toMillis());
        Pipeline pipeline = pipeline();
        scene.log.createTopic(pipeline.lateTopic(), TopicConfig.of(1));
        try {
            return new Audit(scene.log, pipeline, limits).run(committed, (done, total) -> {});
        } finally {
            scene.log.deleteTopic(pipeline.lateTopic());
        }
    }

    private static void assertEqual(AuditReport report, long results) {
        assertThat(report.mismatches()).as(report.toString()).isZero();
        assertThat(report.results()).isEqualTo(results);
    }

    // ---- which sessions there are ----

    @Test
    void aPauseOfExactlyTheGapKeepsASessionTogether() {
        scene.append(0, "a,0,1", "a,15,2", "a,31,4", "b,20,8");
        result("a", 0, 15, 3);
        result("a", 31, 31, 4);
        result("b", 20, 20, 8);

        assertEqual(audit(1_000), 3);
    }

    @Test
    void aChainIsCutFromItsFirstElementOn() {
        windows = windows.maxDuration(Duration.ofSeconds(25));
        scene.append(0, "a,0,1", "a,8,2", "a,16,4", "a,24,8", "a,25,16", "a,33,32");
        result("a", 0, 24, 15);
        result("a", 25, 33, 48);

        assertEqual(audit(1_000), 2);
    }

    @Test
    void aWrongSumAWrongSpanAndAMissingSessionAreTold() {
        scene.append(0, "a,0,1", "b,0,1", "b,10,1", "c,0,1");
        result("a", 0, 0, 2);
        result("b", 0, 0, 1);

        AuditReport report = audit(1_000);

        assertThat(report.mismatches()).isEqualTo(4);
        assertThat(report.examples())
                .extracting(each -> each.key() + " " + each.why())
                .containsExactlyInAnyOrder(
                        "a the result differs",
                        "b no session of the source's elements is that one, and it has not been taken back",
                        "b the result is missing",
                        "c the result is missing");
    }

    // ---- open ones ----

    @Test
    void aSessionIsOpenUntilTheWatermarkIsBeyondTheGap() {
        scene.append(0, "a,0,1");
        AuditReport open = audit(15_000, Scene.ROOM);
        assertThat(open.open()).isEqualTo(1);
        assertThat(open.results()).isZero();

        // Its last millisecond is 0, the gap 15,000: one may still come at 15,000.
        assertThat(audit(15_001, Scene.ROOM).mismatches()).isEqualTo(1);
    }

    @Test
    void aSessionOfTheMaximumIsClosedAlthoughTheChainGoesOn() {
        windows = windows.maxDuration(Duration.ofSeconds(25));
        scene.append(0, "a,0,1", "a,12,2", "a,24,4", "a,30,8");

        AuditReport report = audit(25);

        assertThat(report.mismatches()).isEqualTo(1);
        assertThat(report.examples().get(0).window()).isEqualTo(window(0, 24));
        assertThat(report.open()).isEqualTo(1);
    }

    @Test
    void earlyResultsOfOpenSessionsAreNotCompared() {
        scene.append(0, "a,0,1", "a,10,2");
        result("a", window(0, 0), -1, Pane.EARLY, "1");
        takeBack("a", 0, 0);
        result("a", window(0, 10), -1, Pane.EARLY, "3");
        assertThat(audit(5).mismatches()).isZero();

        AuditReport closed = audit(1_000);
        assertThat(closed.mismatches()).isEqualTo(1);
        assertThat(closed.examples().get(0).why()).contains("early");
        result("a", 0, 10, 3);
        assertEqual(audit(1_000), 1);
    }

    // ---- late elements ----

    @Test
    void aLateElementThatJoinsTwoSessionsTakesThemBack() {
        // The watermark is 20 after the second element.
        scene.append(0, "a,0,1", "a,30,2", "a,15,4");
        result("a", 0, 0, 1);
        result("a", 30, 30, 2);
        awaiting = 1;
        AuditReport before = audit(1_000);
        assertThat(before.late()).isEqualTo(1);
        assertThat(before.mismatches()).isEqualTo(3).isEqualTo(before.awaitingCorrection());

        takeBack("a", 0, 0);
        takeBack("a", 30, 30);
        result("a", window(0, 30), 1, Pane.CORRECTION, "7");
        awaiting = 0;
        corrected = 1;
        assertEqual(audit(1_000), 1);
    }

    @Test
    void aSessionThatWasNotTakenBackIsTold() {
        scene.append(0, "a,0,1", "a,30,2", "a,15,4");
        result("a", 0, 0, 1);
        result("a", window(0, 30), 1, Pane.CORRECTION, "7");
        corrected = 1;

        AuditReport report = audit(1_000);

        assertThat(report.mismatches()).isEqualTo(1);
        assertThat(report.awaitingCorrection()).isZero();
        assertThat(report.examples().get(0).why()).contains("has not been taken back");
    }

    @Test
    void anElementIsLateByItsOwnTimeAndNotBySessionsThatAreOpen() {
        lateness = Duration.ofSeconds(5);
        // The watermark is 20: of the two that follow, 15 is on time and 14.999 would not be.
        scene.append(0, "a,30,1", "a,15,2", "a,14,4");

        AuditReport report = audit(0);

        assertThat(report.late()).isEqualTo(1);
        assertThat(report.onTime()).isEqualTo(2);
    }

    @Test
    void oneKeyThatDoesNotFitIsTold() {
        for (int i = 0; i < 50; i++) {
            scene.append(0, "a," + i + ",1");
        }

        assertThatThrownBy(() -> audit(1_000_000, new Pairs.Limits(1_000, 2_000)))
                .isInstanceOf(AuditException.class)
                .hasMessageContaining("one key has elements in");
    }

    // ---- against another way to say the rules ----

    @Test
    void whateverComesTheRulesAreTheSame() {
        for (long seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            directory = directory.resolve("next");
            scene.close();
            open();
            windows = Session.withGap(Duration.ofSeconds(1 + random.nextInt(20)));
            if (random.nextBoolean()) {
                windows = windows.maxDuration(Duration.ofSeconds(1 + random.nextInt(60)));
            }
            List<Visit> visits = new ArrayList<>();
            for (int i = random.nextInt(80); i > 0; i--) {
                visits.add(new Visit("k" + random.nextInt(3), random.nextInt(600), random.nextInt(100)));
            }
            visits.forEach(visit -> scene.append(0, visit.text()));
            Map<String, List<Visit>> byKey = new TreeMap<>();
            visits.forEach(visit ->
                    byKey.computeIfAbsent(visit.key(), k -> new ArrayList<>()).add(visit));
            int[] sessions = {0};
            byKey.forEach((key, of) -> sessions[0] += writeSessions(key, of));
            corrected = 1;

            AuditReport whole = audit(1_000_000);
            AuditReport sliced = audit(1_000_000_000, new Pairs.Limits(1, 1 << 20));

            assertThat(whole.mismatches()).as("seed " + seed + ": " + whole).isZero();
            assertThat(whole.results()).as("seed " + seed).isEqualTo(sessions[0]);
            assertThat(sliced).as("seed " + seed).isEqualTo(whole);
        }
    }

    /** Brute force: whatever is within the gap of anything taken is taken, then the earliest that fit the maximum go together. */
    private int writeSessions(String key, List<Visit> visits) {
        int count = 0;
        List<Visit> left = new ArrayList<>(visits);
        while (!left.isEmpty()) {
            List<Visit> chain = new ArrayList<>(List.of(left.remove(0)));
            for (int i = 0; i < chain.size(); i++) {
                Visit member = chain.get(i);
                List<Visit> near = left.stream()
                        .filter(each -> Math.abs(each.second() - member.second())
                                <= windows.gap().toSeconds())
                        .toList();
                left.removeAll(near);
                chain.addAll(near);
            }
            while (!chain.isEmpty()) {
                long first = chain.stream().mapToLong(Visit::second).min().orElseThrow();
                Duration max = windows.maxDuration();
                List<Visit> part = chain.stream()
                        .filter(each -> max == null || each.second() < first + max.toSeconds())
                        .toList();
                chain.removeAll(part);
                result(
                        key,
                        first,
                        part.stream().mapToLong(Visit::second).max().orElseThrow(),
                        part.stream().mapToLong(Visit::number).sum());
                count++;
            }
        }
        return count;
    }
}
