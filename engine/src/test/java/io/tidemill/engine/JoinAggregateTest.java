package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.Tumbling;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Operator.JoinKind;
import io.tidemill.api.plan.Row;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JoinAggregateTest {
    @SuppressWarnings("unchecked") // it is given texts
    private static Codec<Object> text() {
        return (Codec<Object>) (Codec<?>) Codec.text();
    }

    private static JoinAggregate join(JoinKind kind, int rowsMax) {
        return new JoinAggregate(new Operator.Joined(
                "join",
                kind,
                (left, right) -> {
                    if ("bad".equals(left) || List.of("bad").equals(left)) {
                        throw new IllegalArgumentException("a bad one");
                    }
                    return left + "|" + right;
                },
                text(),
                text(),
                text(),
                Tumbling.of(Duration.ofHours(1)),
                Duration.ZERO,
                Duration.ZERO,
                rowsMax,
                List.of()));
    }

    private static Row row(int input, int number, String value) {
        return new Row(input, number, ("o" + number).getBytes(StandardCharsets.UTF_8), value);
    }

    /** What a reader of the results knows, and what it was told. */
    private static final class Reader implements ResultConsumer {
        final Map<String, Object> standing = new TreeMap<>();
        final List<String> told = new ArrayList<>();
        final List<Throwable> failures = new ArrayList<>();

        private static String text(byte[] id) {
            return HexFormat.of().formatHex(id);
        }

        @Override
        public void added(byte[] id, Object value) {
            assertThat(standing.put(text(id), value)).isNull();
            told.add("+" + value);
        }

        @Override
        public void replaced(byte[] id, Object former, Object value) {
            assertThat(standing.put(text(id), value)).isEqualTo(former);
            told.add(former + ">" + value);
        }

        @Override
        public void removed(byte[] id, Object former) {
            assertThat(standing.remove(text(id))).isEqualTo(former);
            told.add("-" + former);
        }

        @Override
        public void failed(byte[] id, byte[] payload, Throwable error) {
            assertThat(standing).doesNotContainKey("never");
            failures.add(error);
        }

        @Override
        public void failed(Throwable error) {
            failures.add(error);
        }
    }

    @Test
    void whatIsToldOfTwoAccumulatorsLeadsFromTheOneAnswerToTheOther() {
        long seed = System.nanoTime();
        System.out.println("join: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 3_000; round++) {
            JoinAggregate join =
                    join(List.of(JoinKind.values()).get(random.nextInt(5)), random.nextInt(5) == 0 ? 6 : 100);
            RowSet now = join.create();
            RowSet before = null;
            Reader reader = new Reader();
            OperatorCounts counts = new OperatorCounts();
            for (int step = 0; step < 4; step++) {
                for (int i = random.nextInt(4); i > 0; i--) {
                    join.add(now, change(random));
                }
                int toldBefore = reader.told.size();
                join.changes(before, now, counts, reader);
                assertThat(reader.told.subList(toldBefore, reader.told.size())).doesNotHaveDuplicates();
                Reader fresh = new Reader();
                OperatorCounts anew = new OperatorCounts();
                join.changes(null, now, anew, fresh);
                assertThat(reader.standing).isEqualTo(fresh.standing);
                assertThat(counts.in).isEqualTo(anew.in);
                assertThat(counts.dropped()).isEqualTo(anew.dropped());
                // Told again, there is nothing new but what fails as a whole.
                int told = reader.told.size();
                join.changes(copy(join, now), now, counts, reader);
                assertThat(reader.told).hasSize(told);
                before = copy(join, now);
            }
        }
    }

    private static RowChange change(SplittableRandom random) {
        int input = random.nextInt(2);
        int number = random.nextInt(5);
        String value = input == 0 && random.nextInt(8) == 0
                ? "bad"
                : (input == 0 ? "l" : "r") + number + "." + random.nextInt(2);
        return new RowChange(row(input, number, value), random.nextInt(3), random.nextInt(4) == 0);
    }

    private static RowSet copy(JoinAggregate join, RowSet rows) {
        ByteSink sink = new ByteSink();
        join.write(rows, sink);
        return join.read(new ByteSource(sink.toByteArray()));
    }

    private static List<String> told(JoinAggregate join, @Nullable RowSet before, RowSet now) {
        Reader reader = new Reader();
        if (before != null) {
            join.changes(null, before, new OperatorCounts(), reader);
            reader.told.clear();
        }
        join.changes(before, now, new OperatorCounts(), reader);
        return reader.told;
    }

    private static RowSet rows(JoinAggregate join, Row... rows) {
        RowSet set = join.create();
        List<Row> shuffled = new ArrayList<>(List.of(rows));
        Collections.shuffle(shuffled, new Random(7));
        shuffled.forEach(row -> join.add(set, row));
        return set;
    }

    @Test
    void pairsComeInTheOrderOfTheRows() {
        JoinAggregate inner = join(JoinKind.INNER, 100);
        RowSet rows = rows(inner, row(0, 1, "a"), row(0, 2, "b"), row(1, 3, "x"), row(1, 4, "y"));
        assertThat(told(inner, null, rows)).containsExactly("+a|x", "+a|y", "+b|x", "+b|y");
    }

    @Test
    void eachKindHasItsOwnRowsWithoutPartner() {
        Row left = row(0, 1, "a");
        Row right = row(1, 2, "x");
        for (JoinKind kind : List.of(JoinKind.INNER, JoinKind.LEFT, JoinKind.RIGHT, JoinKind.FULL)) {
            JoinAggregate join = join(kind, 100);
            assertThat(told(join, null, rows(join, left))).isEqualTo(kind.keepsLeft() ? List.of("+a|null") : List.of());
            assertThat(told(join, null, rows(join, right)))
                    .isEqualTo(kind.keepsRight() ? List.of("+null|x") : List.of());
        }
    }

    @Test
    void aRowThatFindsAPartnerIsTakenBackWithoutOne() {
        JoinAggregate full = join(JoinKind.FULL, 100);
        RowSet before = rows(full, row(0, 1, "a"), row(0, 2, "b"));
        RowSet now = rows(full, row(0, 1, "a"), row(0, 2, "b"), row(1, 3, "x"));
        assertThat(told(full, before, now)).containsExactly("+a|x", "+b|x", "-a|null", "-b|null");
    }

    @Test
    void aGroupIsOneResultOfAllRows() {
        JoinAggregate groups = join(JoinKind.COGROUP, 100);
        RowSet before = rows(groups, row(0, 3, "c"), row(0, 1, "a"));
        RowSet now = rows(groups, row(0, 1, "a"), row(0, 2, "b"), row(0, 3, "c"), row(1, 4, "x"));
        assertThat(told(groups, null, before)).containsExactly("+[a, c]|[]");
        assertThat(told(groups, before, now)).containsExactly("[a, c]|[]>[a, b, c]|[x]");
        assertThat(told(groups, now, groups.create())).containsExactly("-[a, b, c]|[x]");
    }

    @Test
    void droppedRowsAreCountedAndCorrected() {
        JoinAggregate inner = join(JoinKind.INNER, 100);
        OperatorCounts counts = new OperatorCounts();
        RowSet before = rows(inner, row(0, 1, "a"), row(0, 2, "b"));
        inner.changes(null, before, counts, new Reader());
        assertThat(counts.in).isEqualTo(2);
        assertThat(counts.dropped()).isEqualTo(Map.of(JoinAggregate.UNMATCHED_LEFT, 2L));
        RowSet now = rows(inner, row(0, 1, "a"), row(0, 2, "b"), row(1, 3, "x"));
        inner.changes(before, now, counts, new Reader());
        assertThat(counts.in).isEqualTo(3);
        assertThat(counts.dropped()).isEmpty();
    }

    @Test
    void whereThereAreTooManyPairsAllAreTakenBack() {
        JoinAggregate inner = join(JoinKind.INNER, 10_000);
        RowSet before = rows(inner, row(0, 1, "a"), row(1, 2, "x"));
        RowSet now = rows(inner, row(0, 1, "a"), row(1, 2, "x"));
        for (int i = 0; i < 500; i++) {
            inner.add(now, row(0, 10 + i, "l"));
            inner.add(now, row(1, 1000 + i, "r"));
        }
        Reader reader = new Reader();
        inner.changes(null, before, new OperatorCounts(), reader);
        inner.changes(before, now, new OperatorCounts(), reader);
        assertThat(reader.standing).isEmpty();
        assertThat(reader.failures)
                .singleElement()
                .satisfies(error ->
                        assertThat(error).hasMessageContaining("501 rows of the left side and 501 of the right"));
        // And back again, should rows be taken back.
        inner.changes(now, before, new OperatorCounts(), reader);
        assertThat(reader.standing).hasSize(1);
    }

    @Test
    void aPairThatFailsIsOneDeadLetterAndNoneOfTheOthers() {
        JoinAggregate inner = join(JoinKind.INNER, 100);
        Reader reader = new Reader();
        inner.changes(
                null, rows(inner, row(0, 1, "bad"), row(0, 2, "b"), row(1, 3, "x")), new OperatorCounts(), reader);
        assertThat(reader.told).containsExactly("+b|x");
        assertThat(reader.failures)
                .singleElement()
                .satisfies(error -> assertThat(error).hasMessage("a bad one"));
    }
}
