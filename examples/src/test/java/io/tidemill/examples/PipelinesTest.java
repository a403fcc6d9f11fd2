package io.tidemill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PipelinesTest {
    static List<Arguments> pipelines() {
        return List.of(
                Arguments.of(HourlyDepartures.pipeline(), "hourly-departures", "departures", "departures-per-hour"),
                Arguments.of(BusiestHours.sliding(), "busiest-hours", "departures", "departures-in-three-hours"),
                Arguments.of(BusiestHours.growingDays(), "departures-so-far", "departures", "departures-of-the-day"),
                Arguments.of(PageViewsPerHour.pipeline(), "hourly-page-views", "page-views", "page-views-per-hour"),
                Arguments.of(PageViewsLive.pipeline(), "page-views-live", "page-views", "page-views-per-second"),
                Arguments.of(RunningPageViews.pipeline(), "running-page-views", "page-views", "page-view-counts"));
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void namesAndTopics(Pipeline pipeline, String name, String source, String target) {
        List<Operator> operators = pipeline.operators();
        assertThat(pipeline.name()).isEqualTo(name);
        assertThat(((Operator.From) operators.get(0)).topic().name()).isEqualTo(source);
        assertThat(((Operator.To) operators.get(operators.size() - 1)).topic()).isEqualTo(target);
    }
}
