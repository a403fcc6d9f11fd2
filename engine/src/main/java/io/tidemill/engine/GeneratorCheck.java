package io.tidemill.engine;

import io.tidemill.engine.savepoint.SavepointHeader;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the watermark generators of a savepoint's topics with those of the code. Not thread-safe. */
final class GeneratorCheck {
    private static final String NONE = "none";

    private final CompiledPipeline code;
    private final SavepointFindings findings;

    /** Topics whose generator may begin with its first numbers. */
    private final Set<String> resettable = new HashSet<>();

    GeneratorCheck(CompiledPipeline code, SavepointFindings findings) {
        this.code = code;
        this.findings = findings;
    }

    /**
     * What a savepoint tells of a topic: how many numbers its generator remembers for each partition, or that it has none. Null
     * where that is not known.
     *
     * @param plan null where the code is not at hand
     */
    static @Nullable String inWords(@Nullable SourcePlan plan, Iterable<Cursor.Source> partitions) {
        int count = 0;
        for (Cursor.Source each : partitions) {
            count = Math.max(count, each.remembered.length);
        }
        boolean isKnown = count > 0 || plan != null;
        boolean isThere = count > 0 || (plan != null && plan.generator != null);
        return !isKnown ? null : isThere ? String.valueOf(count) : NONE;
    }

    /** The topic is read as before. */
    void compare(SavepointHeader.Source source) {
        SourcePlan plan = code.sources.stream()
                .filter(each -> each.topic().equals(source.topic()))
                .findFirst()
                .orElseThrow();
        String before = source.settings().get(SavepointCheck.GENERATOR);
        boolean was = before != null && !before.equals(NONE);
        if (plan.generator != null && (was || before == null)) {
            resettable.add(source.topic());
            compareNumbers(source.topic(), was ? Integer.parseInt(before) : -1, plan.generator.initialState().length);
        } else if (was) {
            findings.changes.add("topic '" + source.topic() + "' has no watermark generator, and had one: how far its"
                    + " partitions have come stays, and goes on by their newest event times");
        } else if (before != null && plan.generator != null) {
            findings.changes.add("topic '" + source.topic() + "' has a watermark generator, and had none: how far its"
                    + " partitions have come stays, and goes on by what the generator says");
        }
    }

    /** @param before -1 if the savepoint does not tell */
    private void compareNumbers(String topic, int before, int now) {
        String changed = "the watermark generator of topic '" + topic + "' remembers " + now + " numbers for each"
                + " partition, and remembered " + before;
        if (findings.options.resetGenerators().contains(topic)) {
            findings.warnings.add("the watermark generator of topic '" + topic
                    + "' begins with its first numbers. How far" + " each partition has come stays");
        } else if (before == 0 && now > 0) {
            findings.changes.add(changed + ": it begins with its first numbers");
        } else if (before > 0 && before != now) {
            findings.refusals.add(changed + ", so it is another one: put the former one back, or let it begin with its"
                    + " first numbers with --reset-generator " + topic + " (how far each partition has come stays)");
        }
    }

    /** What was permitted, but nobody needs. */
    void refuseIdleResets() {
        findings.options.resetGenerators().stream()
                .filter(topic -> !resettable.contains(topic))
                .sorted()
                .forEach(topic ->
                        findings.refusals.add("topic '" + topic + "' has no watermark generator in the savepoint"
                                + " and in the code: leave --reset-generator " + topic + " out"));
    }
}
