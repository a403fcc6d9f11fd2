package io.tidemill.examples.nexmark.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class QueriesTest {
    static List<Arguments> queries() {
        return List.of(
                Arguments.of(Queries.q0(), "nexmark-q0"),
                Arguments.of(Queries.q1(), "nexmark-q1"),
                Arguments.of(Queries.q2(), "nexmark-q2"),
                Arguments.of(Queries.q5(), "nexmark-q5"),
                Arguments.of(Queries.q7(), "nexmark-q7"),
                Arguments.of(Queries.q11(), "nexmark-q11"),
                Arguments.of(Queries.q12(), "nexmark-q12"));
    }

    @ParameterizedTest
    @MethodSource("queries")
    void namesAndTopics(Pipeline pipeline, String name) {
        List<Operator> operators = pipeline.operators();
        assertThat(pipeline.name()).isEqualTo(name);
        assertThat(((Operator.From) operators.get(0)).topic().name()).isEqualTo("nexmark-bids");
        assertThat(((Operator.To) operators.get(operators.size() - 1)).topic()).isEqualTo(name + "-results");
    }
}
