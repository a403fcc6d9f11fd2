package io.tidemill.benchmarks.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.benchmarks.history.Trend.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
    @Test
    void tells_a_change_from_noise() {
        List<Figure> before = figures(true, 100, 104, 98, 101, 97);
        assertThat(Trend.of(figure(true, 95), false, before).verdict()).isEqualTo(Verdict.STEADY);
        assertThat(Trend.of(figure(true, 80), false, before).verdict()).isEqualTo(Verdict.WORSE);
        assertThat(Trend.of(figure(true, 120), false, before).verdict()).isEqualTo(Verdict.BETTER);
    }

    @Test
    void more_can_be_worse() {
        List<Figure> before = figures(false, 100, 101, 99);
        assertThat(Trend.of(figure(false, 120), false, before).verdict()).isEqualTo(Verdict.WORSE);
        assertThat(Trend.of(figure(false, 80), false, before).verdict()).isEqualTo(Verdict.BETTER);
    }

    @Test
    void runs_that_differ_much_are_noise_too() {
        Figure wide = new Figure("f", "u", true, 80, 60, 110);
        assertThat(Trend.of(wide, false, figures(true, 100, 100, 100)).verdict())
                .isEqualTo(Verdict.STEADY);
    }

    @Test
    void judges_neither_the_first_ones_nor_noisy_ones() {
        assertThat(Trend.of(figure(true, 1), false, List.of()).verdict()).isEqualTo(Verdict.NEW);
        assertThat(Trend.of(figure(true, 1), false, figures(true, 100, 100)).verdict())
                .isEqualTo(Verdict.NEW);
        assertThat(Trend.of(figure(true, 1), true, figures(true, 100, 100, 100)).verdict())
                .isEqualTo(Verdict.NOISY);
    }

    @Test
    void compares_only_what_is_alike() {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            entries.add(entry("large machine", "17.0.15+6", false, 1_000));
            entries.add(entry("machine", "25.0.1", false, 1_000));
            entries.add(entry("machine", "17.0.15+6", true, 1_000));
            entries.add(entry("machine", "17.0.14+7", false, 100 + i));
        }
        assertThat(isWorse(with(entries, entry("machine", "17.0.15+6", false, 100))))
                .isFalse();
        assertThat(isWorse(with(entries, entry("machine", "17.0.15+6", false, 50))))
                .isTrue();
    }

    @Test
    void keeps_what_it_is_given(@TempDir Path directory) throws IOException {
        HistoryFile file = new HistoryFile(directory.resolve("new/history.jsonl"));
        assertThat(file.read()).isEmpty();
        List<Entry> entries = List.of(entry("a", "17", false, 1), entry("b", "17", true, 2.5));
        for (Entry entry : entries) {
            file.append(entry);
        }
        assertThat(file.read()).isEqualTo(entries);
        Files.writeString(file.path(), "{\n");
        assertThatThrownBy(file::read).isInstanceOf(IOException.class).hasMessageContaining("line 1");
    }

    private static List<Entry> with(List<Entry> entries, Entry last) {
        return Stream.concat(entries.stream(), Stream.of(last)).toList();
    }

    private static boolean isWorse(List<Entry> entries) {
        return new History(entries).print(new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8));
    }

    private static Entry entry(String machine, String jdk, boolean noisy, double value) {
        Instant at = Instant.parse("2026-01-02T03:04:05Z");
        return new Entry(at, "abc", machine, jdk, 0.5, noisy, "bulk", "events=1", List.of(figure(true, value)));
    }

    private static List<Figure> figures(boolean moreIsBetter, double... values) {
        List<Figure> figures = new ArrayList<>();
        for (double value : values) {
            figures.add(figure(moreIsBetter, value));
        }
        return figures;
    }

    private static Figure figure(boolean moreIsBetter, double value) {
        return new Figure("f", "u", moreIsBetter, value, value, value);
    }
}
