package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import io.tidemill.examples.BusiestHours;
import io.tidemill.examples.Flight;
import io.tidemill.examples.Flights;
import io.tidemill.operations.Audit;
import io.tidemill.operations.AuditReport;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The examples with several windows for each element, over all flights. */
final class BusiestHoursTest {
    private static final List<Flight> FLIGHTS = Flights.inOrderOfArrival();

    private record Place(String origin, Window window) {}

    @Test
    void slidingWindows() {
        List<TestResult> results = check(BusiestHours.sliding());

        TestResult busiest = results.stream()
                .max((one, other) -> Long.compare(count(one), count(other)))
                .orElseThrow();
        assertThat(count(busiest)).isGreaterThan(3);
    }

    @Test
    void daysThatGrowInNewYork() {
        List<TestResult> results = check(BusiestHours.growingDays());

        // Days begin at midnight in New York: at 05:00 UTC in winter.
        assertThat(results)
                .allSatisfy(result -> assertThat(
                                Objects.requireNonNull(result.window()).start().toString())
                        .endsWith("T05:00:00Z"));
        assertThat(results)
                .anyMatch(result ->
                        Objects.requireNonNull(result.window()).end().equals(Instant.parse("2001-02-02T05:00:00Z")));
    }

    private static List<TestResult> check(Pipeline pipeline) {
        try (PipelineTestDriver driver =
                PipelineTestDriver.builder(pipeline).partitions(2).build()) {
            ByteSink value = new ByteSink();
            for (Flight flight : FLIGHTS) {
                value.reset();
                flight.writeTo(value);
                driver.append("departures", flight.origin(), value.toByteArray());
            }
            driver.end();
            assertThat(driver.late()).isNotEmpty();
            driver.correct();
            Map<Place, Long> found = new HashMap<>();
            driver.results()
                    .forEach(each -> found.put(
                            new Place(Objects.requireNonNull(each.key()), Objects.requireNonNull(each.window())),
                            count(each)));
            assertThat(found).isEqualTo(counted(pipeline));
            AuditReport report = Audit.of(driver.log(), pipeline).run((done, total) -> {});
            assertThat(report.isClean()).as(report.toString()).isTrue();
            return driver.results();
        }
    }

    private static Map<Place, Long> counted(Pipeline pipeline) {
        AlignedWindowing windowing = pipeline.operators().stream()
                .filter(Operator.Windowed.class::isInstance)
                .map(operator -> (AlignedWindowing) ((Operator.Windowed) operator).windowing())
                .findFirst()
                .orElseThrow();
        Map<Place, Long> counts = new HashMap<>();
        for (Flight flight : FLIGHTS) {
            for (Window window : windowing.windowsOf(flight.scheduled().toEpochMilli())) {
                counts.merge(new Place(flight.origin(), window), 1L, Long::sum);
            }
        }
        return counts;
    }

    private static long count(TestResult result) {
        String text = result.text();
        return Long.parseLong(text.substring(text.lastIndexOf(':') + 1, text.length() - 1));
    }
}
