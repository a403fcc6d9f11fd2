package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The operators so far. Immutable, so that one stream can be the start of two pipelines. */
final class Plan {
    private final String pipeline;
    private final List<Operator> operators;

    Plan(String pipeline) {
        this(pipeline, List.of());
    }

    private Plan(String pipeline, List<Operator> operators) {
        this.pipeline = pipeline;
        this.operators = operators;
    }

    /** Adds an operator under a name derived from its kind: {@code filter}, then {@code filter-2} and so on. */
    Plan then(Class<? extends Operator> kind, String label, Function<String, Operator> make) {
        long ordinal = 1 + operators.stream().filter(kind::isInstance).count();
        return then(make.apply(ordinal == 1 ? label : label + "-" + ordinal));
    }

    Plan then(Operator operator) {
        List<Operator> longer = new ArrayList<>(operators);
        longer.add(operator);
        return new Plan(pipeline, List.copyOf(longer));
    }

    /** Replaces the last operator. */
    Plan instead(Operator operator) {
        List<Operator> changed = new ArrayList<>(operators.subList(0, operators.size() - 1));
        changed.add(operator);
        return new Plan(pipeline, List.copyOf(changed));
    }

    Operator last() {
        return operators.get(operators.size() - 1);
    }

    Pipeline to(String topic, Codec<?> codec) {
        return new Pipeline(
                pipeline, then(Operator.To.class, "to", n -> new Operator.To(n, topic, Erased.codec(codec))).operators);
    }
}
