package io.tidemill.api;

import io.tidemill.api.failure.FailurePolicy;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.TableRowCodec;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the records of topics, as plain data: a name and a graph of operators without cycles. Immutable. Nothing
 * runs until an engine is given it.
 *
 * <p>State, offsets, late records and dead letters are kept under the name, so a pipeline that is to go on where it was
 * keeps its name.
 */
public final class Pipeline implements Serializable {
    /** Leaves room for the suffixes of derived topics. */
    private static final int NAME_LENGTH_MAX = 200;

    private final String name;
    private final List<Plan> ends;
    private final FailurePolicy failurePolicy;
    private final List<Operator> operators = new ArrayList<>();
    private final List<List<Integer>> inputs = new ArrayList<>();
    private final List<@Nullable Codec<Object>> codecs = new ArrayList<>();

    Pipeline(String name, List<Plan> ends) {
        this(name, ends, FailurePolicy.defaults());
    }

    private Pipeline(String name, List<Plan> ends, FailurePolicy failurePolicy) {
        this.name = name;
        this.failurePolicy = failurePolicy;
        this.ends = List.copyOf(ends);
        IdentityHashMap<Plan, Integer> places = new IdentityHashMap<>();
        Map<String, Integer> ordinals = new HashMap<>();
        Set<String> ambiguous = new TreeSet<>();
        for (Plan plan : Plan.inOrder(ends)) {
            int ordinal = plan.isNamed ? 1 : ordinals.merge(plan.operator.name(), 1, Integer::sum);
            places.put(plan, operators.size());
            operators.add(
                    ordinal == 1 ? plan.operator : Renamed.of(plan.operator, plan.operator.name() + "-" + ordinal));
            if (ordinal > 1 && plan.operator.keepsState()) {
                ambiguous.add(plan.operator.name());
            }
            codecs.add(plan.codec);
            inputs.add(plan.inputs.stream().map(places::get).toList());
        }
        Validation.check(this, ambiguous);
    }

    /**
     * One pipeline of several that have begun with the same name. Streams that they share, because one was the start of
     * several, are one: their operators see each element once. What they share is the element itself, too: functions must not
     * change it. What is done on failure is the first one's.
     */
    public static Pipeline of(Pipeline first, Pipeline... others) {
        List<Plan> all = new ArrayList<>(first.ends);
        for (Pipeline other : others) {
            if (!other.name.equals(first.name)) {
                throw new IllegalArgumentException(
                        "parts of one pipeline have one name, not '" + first.name + "' and '" + other.name + "'");
            }
            all.addAll(other.ends);
        }
        return new Pipeline(first.name, all, first.failurePolicy);
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

    /** The same pipeline, which does this with records that fail; {@link FailurePolicy#defaults} unless said. */
    public Pipeline onFailure(FailurePolicy policy) {
        return new Pipeline(name, ends, policy);
    }

    public FailurePolicy failurePolicy() {
        return failurePolicy;
    }

    /** From the sources to the results: what leads to an operator is before it. */
    public List<Operator> operators() {
        return Collections.unmodifiableList(operators);
    }

    /**
     * What the operator at place {@code at} of {@link #operators} takes its elements from, as places; empty for a source. The
     * order is the operator's own: of a join the left side is first.
     */
    public List<Integer> inputsOf(int at) {
        return inputs.get(at);
    }

    /** How the elements are encoded that come out of the operator at place {@code at}; null where nobody has said. */
    public @Nullable Codec<Object> codecAt(int at) {
        return codecs.get(at);
    }

    /**
     * Whether what comes out of the operator at place {@code at} may be replaced or taken back later: corrections change the
     * results of windows and joins. What a function has emitted stands.
     */
    public boolean revises(int at) {
        Operator operator = operators.get(at);
        if (operator instanceof Operator.Joined
                || operator instanceof Operator.IntervalJoin
                || operator instanceof Operator.Enrich) {
            return true;
        }
        boolean isFunction = operator.keepsState() && !(operator instanceof Operator.Aggregated);
        return !isFunction
                && inputs.get(at).stream()
                        .anyMatch(input -> operators.get(input) instanceof Operator.Windowed || revises(input));
    }

    /** Where records go that come too late for their window. */
    public String lateTopic() {
        return name + ".late";
    }

    /** Where records go that fail. */
    public String deadTopic() {
        return name + ".dead";
    }

    /**
     * Where records of a source's topic come in that failed before and are replayed: {@link ReplayedRecord}s, for this pipeline
     * alone.
     */
    public String replayTopic(String sourceTopic) {
        return name + "." + sourceTopic + ".replay";
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
            return new EventStream<>(Plan.source(name, new Operator.From("from", topic)));
        }

        /**
         * A topic, mostly a compacted one, as a table: a record is, from its timestamp on, what the table has under its key, and
         * one without a value removes it. A record without a key is a dead letter.
         *
         * @param keyCodec as that of the streams which the table enriches; their keys are equal when the bytes are
         * @param watermark how far records may be behind the newest timestamp of their partition; a table that changes seldom
         *     holds back what it enriches until its partitions are idle
         */
        public <K, V> Table<K, V> table(Topic<V> topic, Codec<K> keyCodec, Watermark watermark) {
            Operator.Table table = new Operator.Table("table", topic, Erased.codec(keyCodec), watermark);
            return new Table<>(Plan.source(name, table, new TableRowCodec(Erased.codec(topic.codec()))));
        }
    }
}
