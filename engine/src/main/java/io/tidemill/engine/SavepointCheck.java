package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.plan.AggregateOfParts;
import io.tidemill.api.plan.PartsChange;
import io.tidemill.engine.savepoint.CheckReport;
import io.tidemill.engine.savepoint.CheckReport.Failure;
import io.tidemill.engine.savepoint.CheckReport.Fate;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.SavepointEntry;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.engine.savepoint.SavepointReader;
import io.tidemill.engine.savepoint.SavepointSection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compares a savepoint with code, operator by operator, and decodes what the code would take over. Used once. */
final class SavepointCheck {
    static final String KEY = "key";
    static final String WINDOWING = "windowing";
    static final String AGGREGATE = "aggregate";
    static final String LATENESS = "allowedLateness";
    static final String HORIZON = "correctableFor";
    static final String EARLY = "early";
    static final String BOUND = "watermarkBound";

    private static final int SAMPLE_ENTRIES = 1_000;
    private static final int FAILURES_MAX = 100;

    private final SavepointInfo savepoint;
    private final SimplePlan code;
    private final RestoreOptions options;
    private final List<CheckReport.Operator> operators = new ArrayList<>();
    private final List<String> changes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final List<String> refusals = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();

    /** Operators of the savepoint that are taken over, and how their entries are read. */
    private final Map<String, EntryConverter> taken = new HashMap<>();

    private final Set<String> resetParts = new TreeSet<>();
    private long decoded;

    SavepointCheck(SavepointInfo savepoint, SimplePlan code, RestoreOptions options) {
        this.savepoint = savepoint;
        this.code = code;
        this.options = options;
        compareSource();
        compareOperators();
        options.resetParts().stream()
                .filter(part -> !resetParts.contains(part))
                .forEach(part -> refusals.add("no part '" + part
                        + "' has gone or changed so that its state must be given up: leave --reset-part " + part
                        + " out"));
    }

    /** How the entries of an operator of the savepoint are read; null if it is dropped. */
    @Nullable
    EntryConverter converter(String operator) {
        return taken.get(operator);
    }

    boolean isWellMatched() {
        return refusals.isEmpty();
    }

    CheckReport report() {
        return new CheckReport(
                savepoint,
                code.name(),
                List.copyOf(operators),
                List.copyOf(changes),
                List.copyOf(warnings),
                List.copyOf(refusals),
                decoded,
                List.copyOf(failures));
    }

    // ---- the pipeline ----

    private void compareSource() {
        String before = savepoint.header().source();
        String now = code.from.topic().name();
        if (!before.equals(now)) {
            refusals.add("the savepoint holds offsets of topic '" + before + "', and the code reads '" + now
                    + "': offsets mean nothing in another topic. Let the code read '" + before + "'");
        }
        if (!savepoint.header().pipeline().equals(code.name())) {
            changes.add("the pipeline is '" + code.name() + "', and was '"
                    + savepoint.header().pipeline() + "'");
        }
        if (code.watermark != null) {
            compareSetting(
                    "the watermark's bound",
                    savepoint.header().settings().get(BOUND),
                    code.watermark.bound().toString());
        }
    }

    private void compareSetting(String what, @Nullable String before, @Nullable String now) {
        if (before != null && !Objects.equals(before, now)) {
            changes.add(what + " is " + (now == null ? "not set" : now) + ", and was " + before);
        }
    }

    // ---- its operators ----

    private void compareOperators() {
        Map<String, SavepointSection> sections = new LinkedHashMap<>();
        savepoint.operators().forEach(section -> sections.put(section.name(), section));
        for (String name : options.dropped()) {
            if (!sections.containsKey(name)) {
                refusals.add("there is no operator '" + name + "' in the savepoint, which has "
                        + names(sections.keySet()) + ": name one of those with --drop");
            }
        }
        List<String> ours = code.stateNames().isEmpty() ? List.of() : List.of(code.lastStatefulName());
        options.renamed().forEach((before, now) -> checkRename(before, now, sections.keySet(), ours));
        Set<String> matched = new TreeSet<>();
        for (SavepointSection section : sections.values()) {
            String now = options.dropped().contains(section.name()) ? "" : nameNow(section.name());
            boolean free = !now.isEmpty() && matched.add(now);
            decide(section, free ? now : "", ours);
        }
        for (String name : ours) {
            if (!matched.contains(name)) {
                operators.add(new CheckReport.Operator(Fate.ADDED, name, name, 0));
                if (!savepoint.operators().isEmpty()) {
                    warnings.add("operator '" + name + "' begins empty: what came before the savepoint is not in its"
                            + " results. Where they go to the topic of another operator's results, they replace those");
                }
            }
        }
    }

    private void checkRename(String before, String now, Set<String> sections, List<String> ours) {
        if (!sections.contains(before)) {
            refusals.add("there is no operator '" + before + "' in the savepoint, which has " + names(sections)
                    + ": name one of those before the '=' of --rename");
        }
        if (!ours.contains(now)) {
            refusals.add("there is no operator '" + now + "' with state in the code, which has " + names(ours)
                    + ": name one of those after the '=' of --rename");
        }
    }

    private static String names(Iterable<String> names) {
        List<String> quoted = new ArrayList<>();
        names.forEach(name -> quoted.add("'" + name + "'"));
        return quoted.isEmpty() ? "none" : String.join(", ", quoted);
    }

    /** The name that an operator of the savepoint has in the code; empty if it has none. */
    private String nameNow(String before) {
        String asked = options.renamed().get(before);
        if (asked != null) {
            return !code.stateNames().isEmpty() && code.lastStatefulName().equals(asked) ? asked : "";
        }
        return code.stateNames().contains(before) ? code.lastStatefulName() : "";
    }

    private void decide(SavepointSection section, String now, List<String> ours) {
        String name = section.name();
        if (options.dropped().contains(name)) {
            operators.add(new CheckReport.Operator(Fate.DROPPED, name, "", section.entries()));
            warnings.add("the state of operator '" + name + "' is given up: " + section.entries()
                    + " entries. Windows that are open begin anew, late records of the time before can no longer be"
                    + " corrected, and a result that is computed again replaces the one before");
        } else if (now.isEmpty()) {
            operators.add(new CheckReport.Operator(Fate.UNDECIDED, name, "", section.entries()));
            refusals.add(
                    "operator '" + name + "' has " + section.entries() + " entries in the savepoint, and is not in the"
                            + " code, which has " + names(ours) + ": say --rename " + name
                            + "=NEW if it has another name now (or"
                            + " .formerly(\"" + name + "\") in the code), or give its state up with --drop " + name);
        } else {
            Fate fate = name.equals(now) ? Fate.KEPT : Fate.RENAMED;
            compare(section);
            operators.add(new CheckReport.Operator(
                    taken.containsKey(name) ? fate : Fate.UNDECIDED, name, now, section.entries()));
        }
    }

    // ---- one operator ----

    private void compare(SavepointSection section) {
        String name = section.name();
        int before = refusals.size();
        requireSame(
                name,
                "its keys were",
                section.properties().get(KEY),
                code.keyBy == null ? null : code.keyBy.codec().format(),
                "no key would be found again. Change the key's codec back");
        requireSame(
                name,
                "it had",
                section.properties().get(WINDOWING),
                code.windowed == null ? null : code.windowed.windowing().describe(),
                "state of those windows does not make these. Change the windows back");
        if (section.kinds().getOrDefault((char) StateFormat.SLICE, 0L) > 0 && !code.isSliced) {
            refusals.add(
                    "operator '" + name + "' holds slices that its windows share, which it no longer does with allowed"
                            + " lateness or early results: leave both away as before, let all windows close before the savepoint is"
                            + " taken, or give the state up with --drop " + name);
        }
        settings(code).forEach((key, now) -> {
            String was = section.properties().get(key);
            compareSetting("'" + name + "': " + key, was, now);
        });
        String format = section.properties().getOrDefault(AGGREGATE, "");
        compareFormat(section, format);
        if (refusals.size() == before) {
            taken.put(name, new EntryConverter(code, format));
        }
    }

    private void requireSame(String name, String had, @Nullable String before, @Nullable String now, String why) {
        if (!Objects.equals(before, now)) {
            refusals.add("operator '" + name + "' is not what it was: " + had + " " + (before == null ? "none" : before)
                    + ", now " + (now == null ? "none" : now) + "; " + why + ", or give the state up with --drop "
                    + name);
        }
    }

    private void compareFormat(SavepointSection section, String before) {
        Aggregate<Object, Object, Object> aggregate = code.requireAggregate();
        String now = aggregate.format();
        if (before.equals(now)) {
            return;
        }
        section.kinds().keySet().stream()
                .filter(kind -> kind != StateFormat.WINDOW
                        && !EntryConverter.holdsAccumulator((byte) (char) kind)
                        && !StateFormat.isOfRows((byte) (char) kind))
                .forEach(kind -> refusals.add("operator '" + section.name() + "' holds entries of the kind '" + kind
                        + "', which this version cannot bring into another format: change the aggregate back, or give the"
                        + " state up with --drop " + section.name()));
        PartsChange parts = aggregate instanceof AggregateOfParts<?> all ? all.change(before) : null;
        if (parts != null) {
            compareParts(section.name(), parts);
        } else if (aggregate.reads(before)) {
            changes.add(
                    "'" + section.name() + "': accumulators of format " + before + " are read, and written as " + now);
        } else {
            refusals.add("operator '" + section.name() + "' is not what it was: its accumulators have format " + before
                    + ", and the code's aggregate has " + now
                    + " and does not read that: change it back, let it read the"
                    + " older format (Aggregate.reads), or give the state up with --drop " + section.name());
        }
    }

    private void compareParts(String operator, PartsChange parts) {
        parts.evolved().forEach(part -> changes.add("'" + operator + "': part '" + part + "' reads its older format"));
        parts.added()
                .forEach(part ->
                        warnings.add("'" + operator + "': part '" + part + "' is new and begins empty: results of"
                                + " windows and keys that are in the savepoint lack what came before"));
        parts.lost().forEach(part -> reset(operator, part, "is not in the code", "is given up"));
        parts.reset()
                .forEach(part -> reset(
                        operator,
                        part,
                        "has another format that does not read the older one",
                        "begins empty: results of windows and keys that are in the savepoint lack what came before"));
        parts.unreadable()
                .forEach(part -> refusals.add("'" + operator + "': the bytes of part '" + part
                        + "' can be neither read nor skipped, because its aggregate is not one of the library's: keep the"
                        + " part, or give all of the state up with --drop " + operator));
    }

    private void reset(String operator, String part, String why, String then) {
        resetParts.add(part);
        if (options.resetParts().contains(part)) {
            warnings.add("'" + operator + "': the state of part '" + part + "' " + then);
        } else {
            refusals.add("'" + operator + "': part '" + part + "' " + why
                    + ": put it back, or give its state up with --reset-part " + part);
        }
    }

    /** What of the code may change without harm. */
    static Map<String, String> settings(SimplePlan code) {
        Map<String, String> settings = new LinkedHashMap<>();
        if (code.windowed != null) {
            settings.put(LATENESS, code.windowed.allowedLateness().toString());
            settings.put(HORIZON, code.windowed.correctableFor().toString());
            settings.put(EARLY, code.early == null ? "none" : code.early.toString());
        }
        return settings;
    }

    // ---- its entries ----

    /** Decodes what would be taken over: a sample spread over the file, or all. Reads the whole file. */
    void decode(SavepointReader reader) throws IOException {
        long every = Math.max(1, savepoint.entries() / SAMPLE_ENTRIES);
        boolean all = options.full() || taken.values().stream().anyMatch(converter -> !converter.isSame());
        long[] count = {0};
        reader.forEach((section, entry) -> {
            EntryConverter converter =
                    section.kind() == SavepointSection.Kind.OPERATOR ? converter(section.name()) : null;
            boolean chosen = all || count[0]++ % every == 0;
            if (chosen && converter != null && EntryConverter.holdsAccumulator(entry.kind())) {
                decode(section.name(), converter, entry);
            }
        });
    }

    private void decode(String operator, EntryConverter converter, SavepointEntry entry) {
        decoded++;
        try {
            converter.decode(entry);
        } catch (Throwable e) {
            UserError.rethrowIfFatal(e);
            if (failures.size() < FAILURES_MAX) {
                failures.add(new Failure(
                        operator,
                        (char) entry.kind(),
                        EntryConverter.windowText(entry),
                        new String(entry.key(), StandardCharsets.UTF_8),
                        UserError.message(e)));
            }
        }
    }
}
