package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.plan.AggregateOfParts;
import io.tidemill.api.plan.PartsChange;
import io.tidemill.engine.savepoint.SavepointSection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compares an operator of a savepoint with the one that it is in the code. Used once. */
final class OperatorCheck {
    private final CompiledPipeline code;
    private final SavepointFindings findings;
    private final SavepointSection section;
    private final StagePlan stage;
    private final String name;
    private final boolean kindKnown;
    private final Set<String> lostStates = new TreeSet<>();

    /** @param kindKnown whether the savepoint says which kind of operator it was: version 1 does not */
    OperatorCheck(
            CompiledPipeline code,
            SavepointFindings findings,
            SavepointSection section,
            StagePlan stage,
            boolean kindKnown) {
        this.code = code;
        this.findings = findings;
        this.section = section;
        this.stage = stage;
        this.name = section.name();
        this.kindKnown = kindKnown && !section.operatorKind().isEmpty();
    }

    /** How its entries are read; null if it is refused. */
    @Nullable
    EntryConverter run() {
        int before = findings.refusals.size();
        compareKind();
        if (findings.refusals.size() > before) {
            // What else differs, differs for that reason.
            return null;
        }
        requireSame(
                "its keys were",
                property(SavepointCheck.KEY),
                stage.keyCodec.format(),
                "no key would be found again. Change the key's codec back");
        requireSame(
                "it had",
                property(SavepointCheck.WINDOWING),
                stage.windowed == null ? null : stage.windowed.windowing().describe(),
                "state of those windows does not make these. Change the windows back");
        if (section.kinds().getOrDefault((char) StateFormat.SLICE, 0L) > 0 && !stage.isSliced) {
            findings.refusals.add(
                    "operator '" + name + "' holds slices that its windows share, which it no longer does with allowed"
                            + " lateness or early results: leave both away as before, let all windows close before the savepoint is"
                            + " taken, or give the state up with --drop " + name);
        }
        if (findings.refusals.size() > before) {
            return null;
        }
        findings.compareSettings("'" + name + "': ", section.properties(), SavepointCheck.settings(code, stage));
        String format = Objects.requireNonNullElse(property(SavepointCheck.AGGREGATE), "");
        compareFormat(format);
        return findings.refusals.size() > before ? null : new EntryConverter(stage, format, lostStates);
    }

    private @Nullable String property(String key) {
        return section.properties().get(key);
    }

    private void compareKind() {
        String now = code.kindOf(stage);
        String why = "what one keeps says nothing to the other. Change it back";
        if (kindKnown) {
            requireSame("it was of the kind", section.operatorKind(), now, why);
        } else if (!section.kinds().keySet().stream().allMatch(kind -> isOwn((byte) (char) kind))) {
            requireSame(
                    "it was of another kind, with entries",
                    section.kinds().keySet().toString(),
                    now,
                    why);
        }
    }

    private boolean isOwn(byte kind) {
        return stage.process != null
                ? StateFormat.isOfRows(kind)
                : kind == StateFormat.WINDOW || !StateFormat.isOfRows(kind);
    }

    private void requireSame(String had, @Nullable String before, @Nullable String now, String why) {
        if (!Objects.equals(before, now)) {
            findings.refusals.add("operator '" + name + "' is not what it was: " + had + " "
                    + (before == null ? "none" : before) + ", now " + (now == null ? "none" : now) + "; " + why
                    + ", or give the state up with --drop " + name);
        }
    }

    // ---- what it keeps ----

    private void compareFormat(String before) {
        Aggregate<Object, Object, Object> aggregate = stage.aggregate;
        String now = aggregate.format();
        if (before.equals(now)) {
            return;
        }
        if (stage.process != null) {
            compareStates(before, now);
            return;
        }
        requireKnownKinds();
        PartsChange parts = aggregate instanceof AggregateOfParts<?> all ? all.change(before) : null;
        if (parts != null) {
            compareParts(parts);
        } else if (aggregate.reads(before)) {
            findings.changes.add(
                    "'" + name + "': accumulators of format " + before + " are read, and written as " + now);
        } else {
            findings.refusals.add("operator '" + name + "' is not what it was: its accumulators have format " + before
                    + ", and the code's aggregate has " + now
                    + " and does not read that: change it back, let it read the"
                    + " older format (Aggregate.reads), or give the state up with --drop " + name);
        }
    }

    private void requireKnownKinds() {
        section.kinds().keySet().stream()
                .filter(kind -> kind != StateFormat.WINDOW
                        && kind != StateFormat.RESULT
                        && !EntryConverter.holdsAccumulator((byte) (char) kind))
                .forEach(kind -> findings.refusals.add("operator '" + name + "' holds entries of the kind '" + kind
                        + "', which this version cannot bring into another format: change the aggregate back, or give the"
                        + " state up with --drop " + name));
    }

    private void compareParts(PartsChange parts) {
        parts.evolved()
                .forEach(part -> findings.changes.add("'" + name + "': part '" + part + "' reads its older format"));
        parts.added()
                .forEach(part ->
                        findings.warnings.add("'" + name + "': part '" + part + "' is new and begins empty: results of"
                                + " windows and keys that are in the savepoint lack what came before"));
        parts.lost().forEach(part -> findings.resetPart(name, part, "is not in the code", "is given up"));
        parts.reset()
                .forEach(part -> findings.resetPart(
                        name,
                        part,
                        "has another format that does not read the older one",
                        "begins empty: results of windows and keys that are in the savepoint lack what came before"));
        parts.unreadable()
                .forEach(part -> findings.refusals.add("'" + name + "': the bytes of part '" + part
                        + "' can be neither read nor skipped, because its aggregate is not one of the library's: keep the"
                        + " part, or give all of the state up with --drop " + name));
    }

    // ---- what an operator that keeps elements keeps ----

    private void compareStates(String before, String now) {
        Map<String, String> states = states(now);
        Map<String, String> former = states(before);
        if (!inputs(before).equals(inputs(now))) {
            findings.refusals.add("operator '" + name + "' is not what it was: it kept " + inputs(before)
                    + " of its inputs, now " + inputs(now)
                    + "; what waits for its turn could not be read. Change the codec or the order back, or give the state up"
                    + " with --drop " + name);
            return;
        }
        former.forEach((state, format) -> {
            String its = states.get(state);
            if (its == null) {
                lose(state, "(" + format + ") is not in the code");
            } else if (!its.equals(format)) {
                lose(state, "has another format: it was " + format + ", now " + its);
            }
        });
        states.keySet().stream()
                .filter(state -> !former.containsKey(state))
                .forEach(state -> findings.changes.add("'" + name + "': state '" + state + "' is new, and empty"));
    }

    private void lose(String state, String why) {
        lostStates.add(state);
        findings.resetState(name, state, why);
    }

    /** Of each input what is kept of its elements. */
    private static String inputs(String format) {
        StringBuilder inputs = new StringBuilder();
        for (String part : format.split(RowAggregate.PART, -1)) {
            inputs.append(isState(part) ? "" : (inputs.isEmpty() ? "" : ", ") + part);
        }
        return inputs.toString();
    }

    private static Map<String, String> states(String format) {
        Map<String, String> states = new LinkedHashMap<>();
        for (String part : format.split(RowAggregate.PART, -1)) {
            int end = part.indexOf(": ");
            if (isState(part)) {
                states.put(part.substring(0, end), part.substring(end + 2));
            }
        }
        return states;
    }

    private static boolean isState(String part) {
        return part.contains(": ");
    }
}
