package io.tidemill.engine;

import io.tidemill.api.Watermark;
import io.tidemill.api.failure.ErrorText;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.savepoint.CheckReport;
import io.tidemill.engine.savepoint.CheckReport.Failure;
import io.tidemill.engine.savepoint.CheckReport.Fate;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.SavepointEntry;
import io.tidemill.engine.savepoint.SavepointHeader;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.engine.savepoint.SavepointReader;
import io.tidemill.engine.savepoint.SavepointSection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Compares a savepoint with code, operator by operator, and decodes what the code would take over. Used once. */
final class SavepointCheck {
    static final String KEY = "key";
    static final String WINDOWING = "windowing";
    static final String AGGREGATE = "aggregate";
    static final String LATENESS = "allowedLateness";
    static final String HORIZON = "correctableFor";
    static final String EARLY = "early";
    static final String CLOSED_UP_TO = "closedUpTo";
    static final String BOUND = "watermarkBound";
    static final String GENERATOR = "generator";
    static final String READS = "reads";
    static final String RESULTS = "results";

    private static final int SAMPLE_ENTRIES = 1_000;
    private static final int SAMPLE_ENTRIES_OF_KIND_MIN = 100;
    private static final int FAILURES_MAX = 100;

    private final SavepointInfo savepoint;
    private final CompiledPipeline code;
    private final RestoreOptions options;
    private final SavepointFindings findings;
    private final List<CheckReport.Source> sources = new ArrayList<>();
    private final List<CheckReport.Operator> operators = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();

    /** Operators of the savepoint that are taken over, and how their entries are read. */
    private final Map<String, EntryConverter> taken = new HashMap<>();

    private final GeneratorCheck generators;
    private long decoded;

    SavepointCheck(SavepointInfo savepoint, CompiledPipeline code, RestoreOptions options) {
        this.savepoint = savepoint;
        this.code = code;
        this.options = options;
        this.findings = new SavepointFindings(options);
        this.generators = new GeneratorCheck(code, findings);
        comparePipeline();
        compareSources();
        compareOperators();
        findings.refuseIdleResets();
        generators.refuseIdleResets();
    }

    /** How the entries of an operator of the savepoint are read; null if it is dropped. */
    @Nullable
    EntryConverter converter(String operator) {
        return taken.get(operator);
    }

    /** The operators of the savepoint that are taken over. */
    Set<String> taken() {
        return taken.keySet();
    }

    CheckReport report() {
        return new CheckReport(
                savepoint,
                code.name(),
                List.copyOf(sources),
                List.copyOf(operators),
                List.copyOf(findings.changes),
                List.copyOf(findings.warnings),
                List.copyOf(findings.refusals),
                decoded,
                List.copyOf(failures));
    }

    // ---- the pipeline ----

    private void comparePipeline() {
        if (!savepoint.header().pipeline().equals(code.name())) {
            findings.changes.add("the pipeline is '" + code.name() + "', and was '"
                    + savepoint.header().pipeline() + "'");
        }
        savepoint.sections().stream()
                .filter(section -> section.kind() == SavepointSection.Kind.PIPELINE)
                .forEach(section -> findings.compareSettings("", section.properties(), results(code)));
    }

    private void compareSources() {
        List<String> now = code.sources.stream().map(SourcePlan::topic).toList();
        Set<String> before = new LinkedHashSet<>();
        for (SavepointHeader.Source source : savepoint.header().sources()) {
            before.add(source.topic());
            if (now.contains(source.topic())) {
                sources.add(new CheckReport.Source(Fate.KEPT, source.topic()));
                compareBound(source);
                generators.compare(source);
            } else {
                decideGone(source.topic(), now);
            }
        }
        for (String topic : options.droppedSources()) {
            if (!before.contains(topic)) {
                findings.refusals.add("the savepoint holds no offsets of a topic '" + topic + "', but of "
                        + SavepointFindings.names(before) + ": name one of those with --drop-source");
            } else if (now.contains(topic)) {
                findings.refusals.add("the code still reads topic '" + topic + "', and goes on where it was: leave"
                        + " --drop-source " + topic + " out");
            }
        }
        for (String topic : now) {
            if (!before.contains(topic)) {
                sources.add(new CheckReport.Source(Fate.ADDED, topic));
                findings.warnings.add("topic '" + topic + "' was not read before, and is read from its beginning:"
                        + " windows wait until it has come as far as the others. Of its records, those for windows that can no"
                        + " longer be corrected become dead letters");
            }
        }
    }

    private void decideGone(String topic, List<String> now) {
        boolean isDropped = options.droppedSources().contains(topic);
        sources.add(new CheckReport.Source(isDropped ? Fate.DROPPED : Fate.UNDECIDED, topic));
        if (isDropped) {
            findings.warnings.add("the offsets of topic '" + topic + "' are given up, and its late records that await"
                    + " correction. What operators have kept of it stays");
        } else {
            findings.refusals.add("the savepoint holds offsets of topic '" + topic + "', and the code reads "
                    + SavepointFindings.names(now) + ": offsets mean nothing in another topic. Let the code read '"
                    + topic + "', or give its offsets up with --drop-source " + topic);
        }
    }

    private void compareBound(SavepointHeader.Source source) {
        Watermark watermark = watermark(code, source.topic());
        if (watermark != null) {
            String what = savepoint.header().sources().size() > 1 ? " of topic '" + source.topic() + "'" : "";
            findings.compareSetting(
                    "the watermark's bound" + what,
                    source.settings().get(BOUND),
                    watermark.bound().toString());
        }
    }

    // ---- its operators ----

    private void compareOperators() {
        Map<String, SavepointSection> sections = new LinkedHashMap<>();
        savepoint.operators().forEach(section -> sections.put(section.name(), section));
        for (String name : options.dropped()) {
            if (!sections.containsKey(name)) {
                findings.refusals.add("there is no operator '" + name + "' in the savepoint, which has "
                        + SavepointFindings.names(sections.keySet()) + ": name one of those with --drop");
            }
        }
        List<String> ours = code.stages.stream().map(StagePlan::statefulName).toList();
        options.renamed().forEach((before, now) -> checkRename(before, now, sections.keySet(), ours));
        Map<StagePlan, String> matched = new HashMap<>();
        for (SavepointSection section : sections.values()) {
            StagePlan now =
                    options.dropped().contains(section.name()) ? null : stageNow(section.name(), sections.keySet());
            String other = now == null ? null : matched.putIfAbsent(now, section.name());
            if (now != null && other != null) {
                refuseTwo(section, other, now.statefulName());
            } else {
                decide(section, now, ours);
            }
        }
        for (StagePlan stage : code.stages) {
            if (!matched.containsKey(stage)) {
                add(stage.statefulName());
            }
        }
    }

    private void refuseTwo(SavepointSection section, String other, String now) {
        String name = section.name();
        operators.add(new CheckReport.Operator(Fate.UNDECIDED, name, now, section.entries()));
        findings.refusals.add("operators '" + other + "' and '" + name + "' of the savepoint are both to be '" + now
                + "' in the code, and states are not merged: name another with --rename, or give one up with --drop");
    }

    private void add(String name) {
        operators.add(new CheckReport.Operator(Fate.ADDED, name, name, 0));
        if (!savepoint.operators().isEmpty()) {
            findings.warnings.add("operator '" + name + "' begins empty: what came before the savepoint is not in its"
                    + " results. Where they go to the topic of another operator's results, they replace those");
        }
    }

    private void checkRename(String before, String now, Set<String> sections, List<String> ours) {
        if (!sections.contains(before)) {
            findings.refusals.add("there is no operator '" + before + "' in the savepoint, which has "
                    + SavepointFindings.names(sections) + ": name one of those before the '=' of --rename");
        }
        if (!ours.contains(now)) {
            findings.refusals.add("there is no operator '" + now + "' with state in the code, which has "
                    + SavepointFindings.names(ours) + ": name one of those after the '=' of --rename");
        }
    }

    /** What an operator of the savepoint is in the code; null if it is nothing. A name of today is before one of former days. */
    private @Nullable StagePlan stageNow(String before, Set<String> sections) {
        String asked = options.renamed().get(before);
        if (asked != null) {
            return named(asked);
        }
        StagePlan same = named(before);
        if (same != null) {
            return same;
        }
        return code.stages.stream()
                .filter(stage -> stage.stateNames().contains(before))
                .filter(stage -> !sections.contains(stage.statefulName())
                        || options.dropped().contains(stage.statefulName()))
                .findFirst()
                .orElse(null);
    }

    private @Nullable StagePlan named(String name) {
        return code.stages.stream()
                .filter(stage -> stage.statefulName().equals(name))
                .findFirst()
                .orElse(null);
    }

    private void decide(SavepointSection section, @Nullable StagePlan now, List<String> ours) {
        String name = section.name();
        if (options.dropped().contains(name)) {
            operators.add(new CheckReport.Operator(Fate.DROPPED, name, "", section.entries()));
            findings.warnings.add("the state of operator '" + name + "' is given up: " + entries(section)
                    + ". Windows that are open begin anew, late records of the time before can no longer be"
                    + " corrected, and a result that is computed again replaces the one before");
        } else if (now == null) {
            operators.add(new CheckReport.Operator(Fate.UNDECIDED, name, "", section.entries()));
            findings.refusals.add(
                    "operator '" + name + "' has " + entries(section) + " in the savepoint, and is not in the"
                            + " code, which has " + SavepointFindings.names(ours) + ": say --rename " + name
                            + "=NEW if it has another name now (or"
                            + " .formerly(\"" + name + "\") in the code), or give its state up with --drop " + name);
        } else {
            boolean kindKnown = savepoint.header().version() > 1;
            EntryConverter converter = new OperatorCheck(code, findings, section, now, kindKnown).run();
            if (converter != null) {
                taken.put(name, converter);
            }
            Fate fate = name.equals(now.statefulName()) ? Fate.KEPT : Fate.RENAMED;
            operators.add(new CheckReport.Operator(
                    converter == null ? Fate.UNDECIDED : fate, name, now.statefulName(), section.entries()));
        }
    }

    private static String entries(SavepointSection section) {
        return section.entries() + (section.entries() == 1 ? " entry" : " entries");
    }

    // ---- what the code says in words ----

    static @Nullable Watermark watermark(CompiledPipeline code, String topic) {
        return code.sources.stream()
                .filter(source -> source.topic().equals(topic))
                .findFirst()
                .map(source -> source.watermark)
                .orElse(null);
    }

    /** What of an operator may change without harm. */
    static Map<String, String> settings(CompiledPipeline code, StagePlan stage) {
        Map<String, String> settings = new LinkedHashMap<>();
        if (stage.windowed != null) {
            settings.put(LATENESS, stage.windowed.allowedLateness().toString());
            settings.put(HORIZON, stage.windowed.correctableFor().toString());
            settings.put(EARLY, stage.early == null ? "none" : stage.early.toString());
        }
        Stream<String> topics = stage.sources.stream()
                .sorted()
                .map(number -> code.sources.get(number).topic());
        Stream<String> before = stage.upstreams.stream()
                .sorted()
                .map(number -> code.stages.get(number).statefulName());
        settings.put(READS, Stream.concat(topics, before).collect(Collectors.joining(", ")));
        return settings;
    }

    /** The topics that the pipeline writes. */
    static Map<String, String> results(CompiledPipeline code) {
        return Map.of(RESULTS, code.sinks.stream().map(Operator.To::topic).collect(Collectors.joining(", ")));
    }

    // ---- its entries ----

    /** Decodes what would be taken over: a sample of each operator and kind, or all. Reads the whole file. */
    void decode(SavepointReader reader) throws IOException {
        boolean all = options.full() || taken.values().stream().anyMatch(converter -> !converter.isSame());
        SavepointSample sample =
                SavepointSample.ofKinds(savepoint, taken.keySet(), SAMPLE_ENTRIES, SAMPLE_ENTRIES_OF_KIND_MIN);
        reader.forEach((section, entry) -> {
            EntryConverter converter =
                    section.kind() == SavepointSection.Kind.OPERATOR ? converter(section.name()) : null;
            if (converter != null
                    && EntryConverter.isDecodable(entry.kind())
                    && (all || sample.takes(section.name(), entry.kind()))) {
                decode(section.name(), converter, entry);
            }
        });
    }

    private void decode(String operator, EntryConverter converter, SavepointEntry entry) {
        decoded++;
        try {
            converter.decode(entry);
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            if (failures.size() < FAILURES_MAX) {
                failures.add(new Failure(
                        operator,
                        (char) entry.kind(),
                        EntryConverter.windowText(entry),
                        new String(EntryConverter.userKey(entry), StandardCharsets.UTF_8),
                        ErrorText.message(e)));
            }
        }
    }
}
