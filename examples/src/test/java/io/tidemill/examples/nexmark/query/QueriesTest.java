package io.tidemill.examples.nexmark.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class QueriesTest {
    static List<Arguments> queries() {
        return List.of(
                Arguments.of(Queries.q0(), "nexmark-q0", Set.of("nexmark-bids")),
                Arguments.of(Queries.q1(), "nexmark-q1", Set.of("nexmark-bids")),
                Arguments.of(Queries.q2(), "nexmark-q2", Set.of("nexmark-bids")),
                Arguments.of(Queries.q3(), "nexmark-q3", Set.of("nexmark-persons", "nexmark-auctions")),
                Arguments.of(Queries.q4(), "nexmark-q4", Set.of("nexmark-auctions", "nexmark-bids")),
                Arguments.of(Queries.q5(), "nexmark-q5", Set.of("nexmark-bids")),
                Arguments.of(Queries.q5Chained(), "nexmark-q5-chained", Set.of("nexmark-bids")),
                Arguments.of(Queries.q6(), "nexmark-q6", Set.of("nexmark-auctions", "nexmark-bids")),
                Arguments.of(Queries.q7(), "nexmark-q7", Set.of("nexmark-bids")),
                Arguments.of(Queries.q7Chained(), "nexmark-q7-chained", Set.of("nexmark-bids")),
                Arguments.of(Queries.q8(), "nexmark-q8", Set.of("nexmark-persons", "nexmark-auctions")),
                Arguments.of(Queries.q9(), "nexmark-q9", Set.of("nexmark-auctions", "nexmark-bids")),
                Arguments.of(Queries.q11(), "nexmark-q11", Set.of("nexmark-bids")),
                Arguments.of(Queries.q12(), "nexmark-q12", Set.of("nexmark-bids")));
    }

    @ParameterizedTest
    @MethodSource("queries")
    void namesAndTopics(Pipeline pipeline, String name, Set<String> sources) {
        assertThat(pipeline.name()).isEqualTo(name);
        assertThat(sources(pipeline)).isEqualTo(sources);
        assertThat(targets(pipeline)).containsExactly(name + "-results");
    }

    @Test
    void salesAnswerThreeQueries() {
        assertThat(sources(Queries.sales())).isEqualTo(Set.of("nexmark-auctions", "nexmark-bids"));
        assertThat(targets(Queries.sales()))
                .containsExactlyInAnyOrder("nexmark-q4-results", "nexmark-q6-results", "nexmark-q9-results");
    }

    @Test
    void allAreThere() {
        assertThat(Queries.all())
                .extracting(Pipeline::name)
                .doesNotHaveDuplicates()
                .hasSize(15);
    }

    private static Set<String> sources(Pipeline pipeline) {
        return pipeline.operators().stream()
                .filter(Operator.From.class::isInstance)
                .map(from -> ((Operator.From) from).topic().name())
                .collect(Collectors.toSet());
    }

    private static List<String> targets(Pipeline pipeline) {
        return pipeline.operators().stream()
                .filter(Operator.To.class::isInstance)
                .map(to -> ((Operator.To) to).topic())
                .toList();
    }
}
