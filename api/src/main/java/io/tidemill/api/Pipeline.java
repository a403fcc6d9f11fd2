package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import java.io.Serializable;
import java.util.List;

/**
 * What happens to the records of a topic, as plain data: a name and a list of operators. Immutable. Nothing runs until an
 * engine is given it.
 *
 * <p>State, offsets, late records and dead letters are kept under the name, so a pipeline that is to go on where it was
 * keeps its name.
 */
public final class Pipeline implements Serializable {
    /** Leaves room for the suffixes of derived topics. */
    private static final int NAME_LENGTH_MAX = 200;

    private final String name;
    private final List<Operator> operators;

    Pipeline(String name, List<Operator> operators) {
        this.name = name;
        this.operators = List.copyOf(operators);
        Validation.check(this);
    }

    /** @param name letters, digits, {@code . _ -}; 1 to 200 of them */
    public static Start named(String name) {
        Topic.requireLegalName(name);
        if (name.length() > NAME_LENGTH_MAX) {
            throw new IllegalArgumentException("a pipeline's name has at most " + NAME_LENGTH_MAX + " characters");
        }
        return new Start(name);
    }

    public String name() {
        return name;
    }

    /** From the source to the result, in the order a record meets them. */
    public List<Operator> operators() {
        return operators;
    }

    /** Where records go that come too late for their window. */
    public String lateTopic() {
        return name + ".late";
    }

    /** Where records go that fail. */
    public String deadTopic() {
        return name + ".dead";
    }

    @Override
    public String toString() {
        return "Pipeline[" + name + ", " + operators.size() + " operators]";
    }

    /** A named pipeline that has no source yet. */
    public static final class Start {
        private final String name;

        private Start(String name) {
            this.name = name;
        }

        public <T> EventStream<T> from(Topic<T> topic) {
            return new EventStream<>(
                    new Plan(name).then(Operator.From.class, "from", n -> new Operator.From(n, topic)));
        }
    }
}
