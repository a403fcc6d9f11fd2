package io.tidemill.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Window;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TextTest {
    @Test
    void numbers() {
        assertThat(Text.count(20_000)).isEqualTo("20,000");
        assertThat(Text.count(1, "record")).isEqualTo("1 record");
        assertThat(Text.count(0, "record")).isEqualTo("0 records");
        assertThat(Text.percent(1, 8)).isEqualTo("12.5 %");
        assertThat(Text.percent(0, 0)).isEqualTo("0 %");
        assertThat(Text.bytes(1_023)).isEqualTo("1023 B");
        assertThat(Text.bytes(1 << 20)).isEqualTo("1 MiB");
        assertThat(Text.bytes(Long.MAX_VALUE)).endsWith(" TiB");
    }

    @Test
    void durations() {
        assertThat(Text.duration(Duration.ofDays(7))).isEqualTo("7d");
        assertThat(Text.duration(Duration.ofSeconds(3_661))).isEqualTo("1h 1m");
        assertThat(Text.duration(Duration.ofMillis(2_500))).isEqualTo("2.5s");
        assertThat(Text.duration(Duration.ofMillis(12))).isEqualTo("12ms");
        assertThat(Text.duration(Duration.ofSeconds(10))).isEqualTo("10s");
    }

    @Test
    void windows() {
        assertThat(Text.window(new Window(0, 3_600_000))).isEqualTo("1970-01-01 00:00 to 01:00");
        assertThat(Text.window(new Window(-3_600_000, 0))).isEqualTo("1969-12-31 23:00 to 1970-01-01 00:00");
        assertThat(Text.window(new Window(59_000, 60_000))).isEqualTo("1970-01-01 00:00:59 to 00:01:00");
        assertThat(Text.window(new Window(0, 1))).isEqualTo("1970-01-01 00:00:00.000 to 00:00:00.001");
        assertThat(Text.window(new Window(1_000, 2_000))).isEqualTo("1970-01-01 00:00:01 to 00:00:02");
    }

    @Test
    void bytesOfAllKinds() {
        assertThat(Text.of(null)).isEqualTo("null");
        assertThat(Text.of(new byte[] {'o', 'k', '\n'})).isEqualTo("ok\\u000a");
        assertThat(Text.of(new byte[] {(byte) 0xfe, 1})).isEqualTo("0xfe01");
        assertThat(Text.of(new byte[100])).startsWith("\\u0000");
        byte[] many = new byte[100];
        many[0] = (byte) 0xff;
        assertThat(Text.of(many)).startsWith("0xff00").endsWith("… (100 bytes)");
    }

    @Test
    void tablesLineUp() {
        String table = new Table()
                .text("name")
                .number("count")
                .row("a", 1_000L)
                .row("b".repeat(100), 2L)
                .toString();
        assertThat(table).contains(" 1,000 ", "b".repeat(59) + "…");
        assertThat(table.lines().map(String::length).distinct()).hasSize(1);
    }
}
