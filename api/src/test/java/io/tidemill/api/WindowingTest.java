package io.tidemill.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Cases worked out by hand. */
final class WindowingTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");
    private static final ZoneId SAO_PAULO = ZoneId.of("America/Sao_Paulo");
    private static final ZoneId APIA = ZoneId.of("Pacific/Apia");
    private static final ZoneId LORD_HOWE = ZoneId.of("Australia/Lord_Howe");

    private static long at(String instant) {
        return Instant.parse(instant).toEpochMilli();
    }

    private static Window window(String start, String end) {
        return new Window(at(start), at(end));
    }

    private static Window of(AlignedWindowing windowing, String instant) {
        List<Window> windows = windowing.windowsOf(at(instant));
        assertThat(windows).hasSize(1);
        return windows.get(0);
    }

    @Test
    void offsetsMoveWindowsAlsoBefore1970() {
        Tumbling quarterPast = Tumbling.of(HOUR).offsetBy(Duration.ofMinutes(15));
        assertThat(of(quarterPast, "2024-01-01T10:14:59.999Z"))
                .isEqualTo(window("2024-01-01T09:15:00Z", "2024-01-01T10:15:00Z"));
        assertThat(of(quarterPast, "1969-12-31T23:15:00Z"))
                .isEqualTo(window("1969-12-31T23:15:00Z", "1970-01-01T00:15:00Z"));
        assertThat(Tumbling.of(HOUR).offsetBy(Duration.ofMinutes(-45)).windowOf(0))
                .isEqualTo(quarterPast.windowOf(0));
    }

    @Test
    void slidingWindowsOverlap() {
        Sliding sliding = Sliding.of(Duration.ofMillis(10), Duration.ofMillis(4));
        assertThat(sliding.windowsOf(9)).containsExactly(new Window(0, 10), new Window(4, 14), new Window(8, 18));
        assertThat(sliding.windowsOf(10)).containsExactly(new Window(4, 14), new Window(8, 18));
        assertThat(sliding.windowsOf(-1)).containsExactly(new Window(-8, 2), new Window(-4, 6));
        assertThat(sliding.sliceStart(9)).isEqualTo(8);
        assertThat(sliding.sliceEnd(9)).isEqualTo(10);
        assertThat(sliding.sliceStart(10)).isEqualTo(10);
        assertThat(sliding.sliceEnd(10)).isEqualTo(12);
    }

    @Test
    void cumulativeWindowsGrow() {
        Cumulative growing = Cumulative.of(Duration.ofMillis(9), Duration.ofMillis(3));
        assertThat(growing.windowsOf(0)).containsExactly(new Window(0, 3), new Window(0, 6), new Window(0, 9));
        assertThat(growing.windowsOf(5)).containsExactly(new Window(0, 6), new Window(0, 9));
        assertThat(growing.windowsOf(-1)).containsExactly(new Window(-9, 0));
        assertThat(growing.sliceStart(5)).isEqualTo(3);
        assertThat(growing.lastEnd(5)).isEqualTo(9);
    }

    @Test
    void aDayInNewYorkHas23To25Hours() {
        Tumbling days = Tumbling.of(DAY).in(NEW_YORK);
        assertThat(of(days, "2024-03-10T12:00:00Z")).isEqualTo(window("2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z"));
        assertThat(of(days, "2024-11-03T12:00:00Z")).isEqualTo(window("2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"));
        assertThat(of(days, "2024-07-01T03:59:59.999Z"))
                .isEqualTo(window("2024-06-30T04:00:00Z", "2024-07-01T04:00:00Z"));
    }

    @Test
    void partsOfADayBeginAtMidnightAndTheLastOneEndsWithTheDay() {
        Tumbling quarters = Tumbling.of(Duration.ofHours(6)).in(NEW_YORK);
        // 25 hours: four quarters and one of an hour
        assertThat(of(quarters, "2024-11-04T04:30:00Z"))
                .isEqualTo(window("2024-11-04T04:00:00Z", "2024-11-04T05:00:00Z"));
        // 23 hours: the last quarter has five
        assertThat(of(quarters, "2024-03-11T03:59:59.999Z"))
                .isEqualTo(window("2024-03-10T23:00:00Z", "2024-03-11T04:00:00Z"));
    }

    @Test
    void aCumulativeDayHasAsManyStepsAsHours() {
        Cumulative hourly = Cumulative.of(DAY, HOUR).in(NEW_YORK);
        assertThat(hourly.windowsOf(at("2024-11-03T04:00:00Z")))
                .hasSize(25)
                .contains(window("2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"));
        assertThat(hourly.windowsOf(at("2024-03-10T05:00:00Z"))).hasSize(23);
    }

    @Test
    void businessDaysBeginByTheClock() {
        Tumbling days = Tumbling.of(DAY).in(NEW_YORK).offsetBy(Duration.ofHours(6));
        assertThat(of(days, "2024-03-10T09:59:59.999Z"))
                .isEqualTo(window("2024-03-09T11:00:00Z", "2024-03-10T10:00:00Z"));
        assertThat(of(days, "2024-03-10T10:00:00Z")).isEqualTo(window("2024-03-10T10:00:00Z", "2024-03-11T10:00:00Z"));
        // 02:30 does not exist on that day: it begins when clocks leap to 03:00
        Tumbling early = Tumbling.of(DAY).in(NEW_YORK).offsetBy(Duration.ofMinutes(150));
        assertThat(of(early, "2024-03-10T07:00:00Z")).isEqualTo(window("2024-03-10T07:00:00Z", "2024-03-11T06:30:00Z"));
        // 01:30 is shown twice on that day: it begins the first time
        Tumbling twice = Tumbling.of(DAY).in(NEW_YORK).offsetBy(Duration.ofMinutes(90));
        assertThat(of(twice, "2024-11-03T06:00:00Z")).isEqualTo(window("2024-11-03T05:30:00Z", "2024-11-04T06:30:00Z"));
    }

    @Test
    void aDayWithoutMidnightBeginsWhenClocksLeapOverIt() {
        Tumbling days = Tumbling.of(DAY).in(SAO_PAULO);
        assertThat(of(days, "2018-11-04T03:00:00Z")).isEqualTo(window("2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"));
        assertThat(of(days, "2018-11-04T02:59:59.999Z"))
                .isEqualTo(window("2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"));
    }

    @Test
    void clocksMayChangeByHalfAnHour() {
        Tumbling hours = Tumbling.of(HOUR).in(LORD_HOWE);
        // 6 October 2024 has 23.5 hours
        assertThat(of(hours, "2024-10-06T12:45:00Z")).isEqualTo(window("2024-10-06T12:30:00Z", "2024-10-06T13:00:00Z"));
        assertThat(of(hours, "2024-10-06T13:00:00Z")).isEqualTo(window("2024-10-06T13:00:00Z", "2024-10-06T14:00:00Z"));
        assertThat(Sliding.of(HOUR, HOUR).in(LORD_HOWE).windowsOf(at("2024-10-06T12:45:00Z")))
                .containsExactly(window("2024-10-06T12:30:00Z", "2024-10-06T13:00:00Z"));
    }

    /** Samoa went from the end of 29 December 2011 to the beginning of the 31st. */
    @Test
    void aDayThatTheCalendarLeftOutIsCountedButBeginsNothing() {
        Tumbling days = Tumbling.of(DAY).in(APIA);
        assertThat(of(days, "2011-12-30T09:59:59.999Z"))
                .isEqualTo(window("2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"));
        assertThat(of(days, "2011-12-30T10:00:00Z")).isEqualTo(window("2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"));
        Sliding three = Sliding.of(Duration.ofDays(3), DAY).in(APIA);
        assertThat(three.windowsOf(at("2011-12-29T12:00:00Z")))
                .containsExactly(
                        window("2011-12-27T10:00:00Z", "2011-12-30T10:00:00Z"), // 27, 28, 29
                        window("2011-12-28T10:00:00Z", "2011-12-30T10:00:00Z"), // 28, 29, (30)
                        window("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z")); // 29, (30), 31
        assertThat(three.windowsOf(at("2011-12-30T12:00:00Z"))).hasSize(2);
    }

    @Test
    void weeksAreCountedFromAThursdayUnlessMoved() {
        Tumbling weeks = Tumbling.of(Duration.ofDays(7)).in(NEW_YORK).offsetBy(Duration.ofDays(4));
        // Monday to Monday, over the change of clocks
        assertThat(of(weeks, "2024-03-08T12:00:00Z")).isEqualTo(window("2024-03-04T05:00:00Z", "2024-03-11T04:00:00Z"));
    }

    @Test
    void inUtcAZoneIsTheEpoch() {
        ZoneId utc = ZoneId.of("UTC");
        for (long time = -200 * HOUR.toMillis(); time < 200 * HOUR.toMillis(); time += 12_345_678) {
            assertThat(Sliding.of(DAY, HOUR).in(utc).windowsOf(time))
                    .isEqualTo(Sliding.of(DAY, HOUR).windowsOf(time));
            assertThat(Cumulative.of(DAY, HOUR).in(utc).windowsOf(time))
                    .isEqualTo(Cumulative.of(DAY, HOUR).windowsOf(time));
            assertThat(Tumbling.of(Duration.ofDays(3)).in(utc).windowsOf(time))
                    .isEqualTo(Tumbling.of(Duration.ofDays(3)).windowsOf(time));
        }
    }

    /** State is kept under these words. */
    @Test
    void descriptionsAreStable() {
        assertThat(Tumbling.of(HOUR).describe()).isEqualTo("tumbling windows of PT1H");
        assertThat(Tumbling.of(HOUR).offsetBy(Duration.ofMinutes(-45)).describe())
                .isEqualTo("tumbling windows of PT1H offset by PT15M");
        assertThat(Tumbling.of(DAY).in(NEW_YORK).offsetBy(Duration.ofHours(30)).describe())
                .isEqualTo("tumbling windows of PT24H in America/New_York offset by PT6H");
        assertThat(Sliding.of(HOUR, Duration.ofMinutes(15)).describe())
                .isEqualTo("sliding windows of PT1H every PT15M");
        assertThat(Cumulative.of(DAY, HOUR).in(NEW_YORK).describe())
                .isEqualTo("cumulative windows of PT24H in steps of PT1H in America/New_York");
        assertThat(Session.withGap(Duration.ofMinutes(30)).describe()).isEqualTo("sessions with a gap of PT30M");
        assertThat(Session.withGap(Duration.ofMinutes(30))
                        .maxDuration(Duration.ofHours(4))
                        .describe())
                .isEqualTo("sessions with a gap of PT30M and at most PT4H");
    }

    @Test
    void whatCannotBeIsRefusedWithAReason() {
        assertRefused(() -> Tumbling.of(Duration.ZERO), "1 ms to 36,500 days");
        assertRefused(() -> Tumbling.of(Duration.ofNanos(1_500_000)), "whole milliseconds");
        assertRefused(() -> Tumbling.of(Duration.ofDays(36_501)), "36,500 days");
        assertRefused(() -> Tumbling.of(HOUR).offsetBy(Duration.ofNanos(1)), "whole milliseconds");
        assertRefused(() -> Tumbling.of(Duration.ofHours(7)).in(NEW_YORK), "divides a day, not PT7H");
        assertRefused(() -> Tumbling.of(Duration.ofHours(36)).in(NEW_YORK), "whole days");
        assertRefused(() -> Sliding.of(HOUR, DAY), "at most the size");
        assertRefused(() -> Sliding.of(Duration.ofMillis(10_001), Duration.ofMillis(1)), "10000 windows");
        assertRefused(() -> Sliding.of(HOUR, Duration.ofMinutes(40)).in(NEW_YORK), "multiple of every");
        assertRefused(() -> Cumulative.of(HOUR, Duration.ofMinutes(25)), "divides its size");
        assertRefused(() -> Cumulative.of(DAY, Duration.ofMillis(1)), "10000 steps");
        assertRefused(() -> Cumulative.of(Duration.ofHours(36), HOUR).in(NEW_YORK), "whole days");
        assertRefused(() -> Session.withGap(Duration.ZERO), "gap");
        assertRefused(() -> Session.withGap(HOUR).maxDuration(Duration.ofDays(40_000)), "maximum duration");
        assertRefused(() -> Early.every(Duration.ZERO), "period");
        assertRefused(() -> Early.count(0), "1 element or more");
        assertRefused(() -> new Result<>("k", null, 1, 0, Pane.EARLY), "revision 0 is none of pane EARLY");
        assertThat(Sliding.of(Duration.ofMillis(10_000), Duration.ofMillis(1)).windowsOf(5))
                .hasSize(10_000);
    }

    private static void assertRefused(Runnable build, String reason) {
        assertThatThrownBy(build::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void theyCanBeSentToAnotherProcess() throws Exception {
        for (Windowing windowing : List.of(
                Tumbling.of(DAY).in(NEW_YORK),
                Sliding.of(DAY, HOUR).in(NEW_YORK).offsetBy(HOUR),
                Cumulative.of(DAY, HOUR).in(NEW_YORK),
                Session.withGap(HOUR).maxDuration(DAY))) {
            if (windowing instanceof AlignedWindowing aligned) {
                aligned.windowsOf(0); // fills the cache, which stays here
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(windowing);
            }
            Object copy;
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                copy = in.readObject();
            }
            assertThat(copy).isEqualTo(windowing).hasSameHashCodeAs(windowing).hasToString(windowing.toString());
            if (copy instanceof AlignedWindowing aligned) {
                assertThat(aligned.windowsOf(0)).isEqualTo(((AlignedWindowing) windowing).windowsOf(0));
            }
        }
    }
}
