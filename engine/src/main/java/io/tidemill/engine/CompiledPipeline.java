package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A pipeline taken apart into what a step needs: sources, stages, and the topics that it writes. Immutable. */
final class CompiledPipeline {
    final Pipeline pipeline;
    final List<SourcePlan> sources = new ArrayList<>();

    /** What leads to a stage is before it. */
    final List<StagePlan> stages = new ArrayList<>();

    final List<Operator.To> sinks = new ArrayList<>();

    /**
     * By the number of the sink: whether all that comes to it are a stage's results under keys that name them, so that the
     * newest record of a key is all that counts.
     */
    final List<Boolean> tableSinks = new ArrayList<>();

    /** By the number of the sink, among the operators. */
    final int[] sinkPlaces;

    private final List<Operator> operators;
    private final List<List<Integer>> consumers = new ArrayList<>();
    private final Map<Integer, Integer> stageAt = new HashMap<>();
    private final Map<Integer, Integer> sinkAt = new HashMap<>();

    CompiledPipeline(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.operators = pipeline.operators();
        for (int place = 0; place < operators.size(); place++) {
            consumers.add(new ArrayList<>());
            for (int input : pipeline.inputsOf(place)) {
                consumers.get(input).add(place);
            }
            if (operators.get(place).keepsState()) {
                stageAt.put(place, stageAt.size());
            } else if (operators.get(place) instanceof Operator.To to) {
                sinkAt.put(place, sinks.size());
                sinks.add(to);
                tableSinks.add(comesOfStage(place) && !isKeyed(place) && !comesOfSource(place));
            }
        }
        this.sinkPlaces = sinks.stream().mapToInt(operators::indexOf).toArray();
        for (int place = 0; place < operators.size(); place++) {
            Operator operator = operators.get(place);
            if (operator instanceof Operator.From || operator instanceof Operator.Table) {
                sources.add(new SourcePlan(sources.size(), place, operator, next(place), time(place)));
            }
        }
        for (int place = 0; place < operators.size(); place++) {
            if (stageAt.containsKey(place)) {
                stages.add(stage(place));
            }
        }
        requireDistinctNumbers();
    }

    // ---- what is not possible ----

    /** Names stand in the state as hashes. */
    private void requireDistinctNumbers() {
        Map<Integer, String> topics = new HashMap<>();
        for (SourcePlan source : sources) {
            requireDistinct("topics ", topics.putIfAbsent(source.topicHash, source.topic()), source.topic());
        }
        Map<Integer, String> names = new HashMap<>();
        for (StagePlan stage : stages) {
            for (String name : stage.stateNames()) {
                requireDistinct("", names.putIfAbsent(StateFormat.operatorId(name), name), name);
            }
        }
    }

    private void requireDistinct(String what, @Nullable String other, String name) {
        if (other != null && !other.equals(name)) {
            throw new PipelineException("pipeline '" + name() + "': " + what + "'" + other + "' and '" + name
                    + "' have the same number in the state, which would be mixed: give one of them another name");
        }
    }

    // ---- the graph ----

    private boolean comesOfStage(int place) {
        return stageAt.containsKey(place) || pipeline.inputsOf(place).stream().anyMatch(this::comesOfStage);
    }

    /** Whether elements come there that no stage has made. */
    private boolean comesOfSource(int place) {
        List<Integer> inputs = pipeline.inputsOf(place);
        return !stageAt.containsKey(place)
                && (inputs.isEmpty() || inputs.stream().anyMatch(this::comesOfSource));
    }

    private ChainStep[] next(int place) {
        return next(place, null);
    }

    /** @param tag of the results that are meant, where they are not the main ones */
    private ChainStep[] next(int place, @Nullable String tag) {
        List<ChainStep> all = new ArrayList<>();
        for (int consumer : new TreeSet<>(consumers.get(place))) {
            String asked = operators.get(consumer) instanceof Operator.Side side ? side.tag() : null;
            if (!Objects.equals(asked, tag)) {
                continue;
            }
            List<Integer> inputs = pipeline.inputsOf(consumer);
            for (int input = 0; input < inputs.size(); input++) {
                if (inputs.get(input) == place) {
                    all.add(step(consumer, input));
                }
            }
        }
        return all.toArray(ChainStep[]::new);
    }

    private ChainStep step(int place, int input) {
        Operator operator = operators.get(place);
        Integer stage = stageAt.get(place);
        if (stage != null) {
            return ChainStep.stage(operator, place, stage, input);
        }
        Integer sink = sinkAt.get(place);
        return sink == null
                ? new ChainStep(kind(operator), operator, place, next(place))
                : ChainStep.sink(operator, place, sink, isKeyed(place));
    }

    /** Whether elements come to the sink under a key of the user's own. */
    private boolean isKeyed(int sinkPlace) {
        return operators.get(pipeline.inputsOf(sinkPlace).get(0)) instanceof Operator.KeyBy;
    }

    private static int kind(Operator operator) {
        if (operator instanceof Operator.Filter) {
            return ChainStep.FILTER;
        } else if (operator instanceof Operator.Map || operator instanceof Operator.MapResult) {
            return ChainStep.MAP;
        } else if (operator instanceof Operator.FlatMap) {
            return ChainStep.FLAT_MAP;
        } else if (operator instanceof Operator.EventTime) {
            return ChainStep.EVENT_TIME;
        } else if (operator instanceof Operator.KeyBy) {
            return ChainStep.KEY_BY;
        }
        return ChainStep.PASS;
    }

    /** Of the one operator behind the source that says when its elements happened. */
    private Operator.@Nullable EventTime time(int place) {
        for (int consumer : consumers.get(place)) {
            if (operators.get(consumer) instanceof Operator.EventTime time) {
                return time;
            }
            Operator.EventTime found = stageAt.containsKey(consumer) ? null : time(consumer);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private StagePlan stage(int place) {
        Operator operator = operators.get(place);
        int number = stages.size();
        Set<Integer> from = new TreeSet<>();
        for (SourcePlan source : sources) {
            if (leadsTo(source.next, number)) {
                from.add(source.number);
            }
        }
        Set<Integer> upstreams = new TreeSet<>();
        for (StagePlan stage : stages) {
            if (leadsTo(stage.ways().toArray(ChainStep[]::new), number)) {
                upstreams.add(stage.number);
            }
        }
        int before = pipeline.inputsOf(place).get(0);
        Operator.Windowed windowed = null;
        Operator.Aggregated aggregated;
        ProcessPlan process = null;
        boolean changing = false;
        List<ChainStep[]> sides = new ArrayList<>();
        if (operator instanceof Operator.Joined joined) {
            windowed = windowOf(joined);
            aggregated = aggregateOf(joined);
        } else if (operator instanceof Operator.Aggregated of) {
            windowed = operators.get(before) instanceof Operator.Windowed window ? window : null;
            before = windowed == null ? before : pipeline.inputsOf(before).get(0);
            changing = pipeline.revises(before);
            aggregated = changing ? overRows(of, pipeline.codecAt(before)) : of;
        } else {
            process = ProcessPlans.of(name(), operator, keyCodec(place), hasEventTime(place), this::originOf);
            aggregated = new Operator.Aggregated(
                    operator.name(), new RowAggregate(process.format()), operator.formerNames());
            if (operator instanceof Operator.Processed processed) {
                processed.function().outputs().forEach(tag -> sides.add(next(place, tag.name())));
            }
        }
        StagePlan stage = new StagePlan(
                pipeline,
                stageAt.size() == 1,
                number,
                place,
                keyCodec(windowed == null || operator instanceof Operator.Joined ? place : inputWithKey(place)),
                windowed,
                aggregated,
                changing,
                process,
                from,
                upstreams,
                next(place),
                sides);
        requirePossible(stage);
        return stage;
    }

    /** The window, whose input has the key. */
    private int inputWithKey(int place) {
        return pipeline.inputsOf(place).get(0);
    }

    /** Of the keys of what comes into the operator. */
    private Codec<Object> keyCodec(int place) {
        for (int input : pipeline.inputsOf(place)) {
            if (operators.get(input) instanceof Operator.KeyBy keyBy) {
                return keyBy.codec();
            }
        }
        throw new IllegalStateException("'" + operators.get(place).name() + "' has no key");
    }

    /** Whether somebody has said when the elements happened that come into the operator. */
    private boolean hasEventTime(int place) {
        Operator operator = operators.get(place);
        if (operator instanceof Operator.EventTime || operator instanceof Operator.Table || operator.needsEventTime()) {
            return true;
        }
        List<Integer> inputs = pipeline.inputsOf(place);
        return !inputs.isEmpty() && inputs.stream().allMatch(this::hasEventTime);
    }

    /** Where the row comes from: a record of a source, or another operator's result. */
    private DeadLetter.Origin originOf(Row row) {
        return Origins.find(sources, row)
                .orElseGet(() -> new DeadLetter.Origin(sinks.get(0).topic(), 0, -1, row.timeMillis()));
    }

    /** What the engine cannot do, in a sentence, before anything runs. */
    private void requirePossible(StagePlan stage) {
        String name = "pipeline '" + name() + "': '" + stage.statefulName() + "' ";
        if (!stage.upstreams.isEmpty() && stage.sessions != null) {
            throw new PipelineException(
                    name + "has sessions of the results of another operator, which corrections may take"
                            + " back: use tumbling, sliding or cumulative windows there, or write the results to a topic and read it"
                            + " in another pipeline");
        }
        if (stage.early != null && !(stage.next.length == 1 && isDirect(stage.next[0]))) {
            throw new PipelineException(
                    name + "has early results, which only a topic can take: let its results go to one"
                            + " directly, with to(…), or leave early(…) out");
        }
    }

    private static boolean isDirect(ChainStep step) {
        return step.kind == ChainStep.SINK
                || (step.operator instanceof Operator.MapResult && step.next.length == 1 && isDirect(step.next[0]));
    }

    private static Operator.Windowed windowOf(Operator.Joined joined) {
        return new Operator.Windowed(
                joined.name(), joined.windowing(), joined.allowedLateness(), joined.correctableFor(), null);
    }

    @SuppressWarnings("unchecked") // its accumulators are its own
    private static Operator.Aggregated aggregateOf(Operator.Joined joined) {
        return new Operator.Aggregated(
                joined.name(),
                (Aggregate<Object, Object, Object>) (Aggregate<?, ?, ?>) new JoinAggregate(joined),
                joined.formerNames());
    }

    /** Results of another operator may be replaced and taken back, so they are kept. */
    @SuppressWarnings("unchecked") // its accumulators are its own
    private static Operator.Aggregated overRows(Operator.Aggregated aggregated, @Nullable Codec<Object> codec) {
        if (codec == null) {
            throw new IllegalStateException("'" + aggregated.name() + "' does not know how its elements are encoded");
        }
        return new Operator.Aggregated(
                aggregated.name(),
                (Aggregate<Object, Object, Object>) (Aggregate<?, ?, ?>)
                        new RowsAggregate(aggregated.aggregate(), codec, RowsAggregate.ROWS_MAX_DEFAULT),
                aggregated.formerNames());
    }

    private static boolean leadsTo(ChainStep[] steps, int stage) {
        return leadsTo(steps, ChainStep.STAGE, stage);
    }

    private static boolean leadsTo(ChainStep[] steps, int kind, int target) {
        return Arrays.stream(steps)
                .anyMatch(step ->
                        step.isEnd() ? step.kind == kind && step.target == target : leadsTo(step.next, kind, target));
    }

    /**
     * Whether not only results of one stage come to the sink: those of one key and window are not one result then, and elements
     * of sources have keys that could be theirs.
     */
    boolean isShared(int sink) {
        return comesOfSource(sinkPlaces[sink])
                || stages.stream()
                                .filter(stage -> leadsTo(stage.ways().toArray(ChainStep[]::new), ChainStep.SINK, sink))
                                .count()
                        > 1;
    }

    /** Whether one result of the stage may become several elements that come to the sink. */
    static boolean becomesSeveral(StagePlan stage, int sink) {
        return elementsMax(stage.next, sink) > 1 || stage.sides.stream().anyMatch(side -> elementsMax(side, sink) > 1);
    }

    /** How many elements one can become on its ways to the sink: 2 where there may be more. */
    private static int elementsMax(ChainStep[] steps, int sink) {
        int sum = 0;
        for (ChainStep step : steps) {
            if (step.isEnd()) {
                sum += step.kind == ChainStep.SINK && step.target == sink ? 1 : 0;
            } else {
                sum += elementsMax(step.next, sink) * (step.kind == ChainStep.FLAT_MAP ? 2 : 1);
            }
        }
        return Math.min(2, sum);
    }

    // ---- names ----

    String name() {
        return pipeline.name();
    }

    String changelogTopic() {
        return changelogTopic(pipeline);
    }

    String closedTopic() {
        return closedTopic(pipeline);
    }

    static String changelogTopic(Pipeline pipeline) {
        return pipeline.name() + ".changelog";
    }

    static String closedTopic(Pipeline pipeline) {
        return pipeline.name() + ".closed";
    }

    /** Whether there may be late records. */
    boolean hasLateness() {
        return stages.stream().anyMatch(StagePlan::hasLateness);
    }

    boolean isWindowed() {
        return stages.stream().anyMatch(StagePlan::isWindowed);
    }

    /** The longest that a stage can be corrected for. */
    long correctableMillis() {
        return stages.stream().mapToLong(stage -> stage.correctableMillis).max().orElse(0);
    }

    /** The stage whose state stands under {@code operatorId} in keys. */
    StagePlan stageOf(int operatorId) {
        for (StagePlan stage : stages) {
            if (stage.operatorId == operatorId || stage.operatorIds.contains(operatorId)) {
                return stage;
            }
        }
        throw new PipelineException("pipeline '" + name()
                + "' has state of an operator that it does not have: change the code back, name the"
                + " operator's former name with formerly(…), or run it under another name");
    }

    /** One source, and at most one stage: what version 1 of all formats could say. */
    boolean isSimple() {
        return sources.size() == 1 && sinks.size() == 1 && stages.size() <= 1;
    }

    /** The only stage, if there is one; to be asked of a simple pipeline. */
    @Nullable
    StagePlan onlyStage() {
        return stages.isEmpty() ? null : stages.get(0);
    }

    /** What sort of operator keeps the stage's state, in the words of savepoints. */
    String kindOf(StagePlan stage) {
        Operator operator = operators.get(stage.place);
        if (operator instanceof Operator.Joined) {
            return "window join";
        } else if (operator instanceof Operator.Processed) {
            return "function";
        } else if (operator instanceof Operator.Deduplicate) {
            return "deduplication";
        } else if (operator instanceof Operator.IntervalJoin) {
            return "interval join";
        }
        return operator instanceof Operator.Enrich ? "enrichment" : "aggregate";
    }

    // ---- shapes ----

    /** What the state depends on. State that was kept under another shape would be misread, so it is refused. */
    String shape() {
        if (stages.isEmpty()) {
            return shapeOfSources() + shapeOfKey();
        }
        return shapeOfSources()
                + stages.stream()
                        .map(stage -> "; " + shapeUpTo(stage, stage.statefulName()) + stage.aggregate.format())
                        .collect(Collectors.joining());
    }

    /** Where nothing keeps state, elements may still have a key. */
    private String shapeOfKey() {
        return operators.stream()
                .filter(Operator.KeyBy.class::isInstance)
                .map(operator -> "; key " + ((Operator.KeyBy) operator).codec().format())
                .collect(Collectors.joining());
    }

    private String shapeOfSources() {
        return "from " + sources.stream().map(SourcePlan::topic).collect(Collectors.joining(", "));
    }

    /** Whether state that was kept under {@code known} is this pipeline's own, as it is. */
    boolean continues(String known) {
        return namesIn(known) != null;
    }

    /** The names that the stages had in a shape that is this pipeline's own; null if it is not. */
    @Nullable
    List<String> namesIn(String known) {
        if (stages.isEmpty()) {
            return known.equals(shape()) ? List.of() : null;
        }
        String rest = known;
        if (!rest.startsWith(shapeOfSources())) {
            return null;
        }
        rest = rest.substring(shapeOfSources().length());
        List<String> names = new ArrayList<>();
        for (StagePlan stage : stages) {
            String found = null;
            String part = "";
            for (String name : stage.stateNames()) {
                String its = "; " + shapeUpTo(stage, name) + stage.aggregate.format();
                if (rest.startsWith(its)) {
                    found = name;
                    part = its;
                }
            }
            if (found == null) {
                return null;
            }
            names.add(found);
            rest = rest.substring(part.length());
        }
        return rest.isEmpty() ? names : null;
    }

    void requireContinues(String known) {
        if (!continues(known)) {
            throw new PipelineException("pipeline '" + name() + "' has state of another shape. It was: " + known
                    + ". It is: " + shape()
                    + ". Take a savepoint and restore it with the changed code ('tidemill savepoint check' tells what becomes"
                    + " of the state), run the changed pipeline under another name, or change it back");
        }
    }

    private static String shapeUpTo(StagePlan stage, String operator) {
        return stage.shapeBefore() + "; " + operator + " by ";
    }
}
