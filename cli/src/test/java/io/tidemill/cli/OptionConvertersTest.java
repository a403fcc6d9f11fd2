package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class OptionConvertersTest {
    @ParameterizedTest
    @CsvSource({
        "7d,PT168H",
        "12h,PT12H",
        "10s,PT10S",
        "500ms,PT0.5S",
        "1h30m,PT1H30M",
        "2w,PT336H",
        "PT10S,PT10S",
        "0s,PT0S"
    })
    void durations(String text, Duration expected) {
        assertThat(new DurationConverter().convert(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "7", "7 d", "d", "-1d", "7y", "999999999999999w", "9999999999999999d"})
    void noDurations(String text) {
        assertThatThrownBy(() -> new DurationConverter().convert(text)).isInstanceOf(TypeConversionException.class);
    }

    @ParameterizedTest
    @CsvSource({"512,512", "0,0", "64KiB,65536", "1mib,1048576", "10MB,10000000", "1 GiB,1073741824", "5b,5"})
    void sizes(String text, long expected) {
        assertThat(new SizeConverter().convert(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "much", "-1", "1.5MiB", "1XiB", "999999999999999999TiB"})
    void noSizes(String text) {
        assertThatThrownBy(() -> new SizeConverter().convert(text)).isInstanceOf(TypeConversionException.class);
    }
}
