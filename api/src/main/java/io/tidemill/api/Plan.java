package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An operator and what comes into it. Immutable, so that one stream can be the start of several others, which then share
 * it: which operators are one is decided by identity.
 */
final class Plan implements Serializable {
    final String pipeline;
    final Operator operator;

    /** Whether the user has named it; else its name is its kind, and an ordinal where the pipeline has several. */
    final boolean isNamed;

    final List<Plan> inputs;

    /** How the elements that come out of it are encoded, where that is known. */
    final @Nullable Codec<Object> codec;

    private Plan(
            String pipeline, Operator operator, boolean isNamed, List<Plan> inputs, @Nullable Codec<Object> codec) {
        this.pipeline = pipeline;
        this.operator = operator;
        this.isNamed = isNamed;
        this.inputs = List.copyOf(inputs);
        this.codec = codec;
    }

    /** @param operator under the name of its kind */
    static Plan source(String pipeline, Operator.From operator) {
        return source(pipeline, operator, operator.topic().codec());
    }

    /** @param operator under the name of its kind */
    static Plan source(String pipeline, Operator operator, Codec<?> codec) {
        return new Plan(pipeline, operator, false, List.of(), Erased.codec(codec));
    }

    /** What comes out of it is encoded as what goes in. */
    Plan then(Operator longer) {
        return then(longer, codec);
    }

    /** @param longer under the name of its kind */
    Plan then(Operator longer, @Nullable Codec<?> itsCodec) {
        return new Plan(pipeline, longer, false, List.of(this), itsCodec == null ? null : Erased.codec(itsCodec));
    }

    /** An operator with several inputs, of one pipeline. */
    static Plan join(Operator operator, @Nullable Codec<?> codec, List<Plan> inputs) {
        String pipeline = inputs.get(0).pipeline;
        for (Plan input : inputs) {
            if (!input.pipeline.equals(pipeline)) {
                throw new IllegalArgumentException("a stream of pipeline '" + input.pipeline
                        + "' cannot be joined with one of pipeline '" + pipeline + "': begin both with the same name");
            }
        }
        return new Plan(pipeline, operator, false, inputs, codec == null ? null : Erased.codec(codec));
    }

    /** Replaces the operator, not its name. */
    Plan instead(Operator changed) {
        return new Plan(pipeline, changed, isNamed, inputs, codec);
    }

    Plan named(String name) {
        return new Plan(pipeline, Renamed.of(operator, name), true, inputs, codec);
    }

    Operator last() {
        return operator;
    }

    Pipeline to(String topic, Codec<?> targetCodec) {
        return new Pipeline(pipeline, List.of(then(new Operator.To("to", topic, Erased.codec(targetCodec)))));
    }

    /** All that leads to {@code ends}, inputs before what they lead to. */
    static List<Plan> inOrder(List<Plan> ends) {
        List<Plan> all = new ArrayList<>();
        Set<Plan> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        ends.forEach(end -> end.collect(seen, all));
        return all;
    }

    private void collect(Set<Plan> seen, List<Plan> all) {
        if (seen.add(this)) {
            inputs.forEach(input -> input.collect(seen, all));
            all.add(this);
        }
    }
}
