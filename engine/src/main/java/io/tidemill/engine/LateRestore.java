package io.tidemill.engine;

import io.tidemill.api.LateRecord;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.engine.savepoint.SavepointSection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Brings late records under the names that operators have in the code. */
final class LateRestore {
    private final CompiledPipeline code;

    /** What late records call an operator, then and now. */
    private final Map<String, String> names = new HashMap<>();

    /** Operators of the savepoint that are given up. */
    private final Set<String> dropped = new HashSet<>();

    LateRestore(CompiledPipeline code, SavepointInfo savepoint, SavepointCheck check) {
        this.code = code;
        List<SavepointSection> operators = savepoint.operators();
        for (SavepointSection section : operators) {
            EntryConverter converter = check.converter(section.name());
            if (converter == null) {
                dropped.add(section.name());
            } else {
                names.put(section.name(), converter.stage.lateName);
            }
            if (operators.size() == 1) {
                nameTheOnly(converter);
            }
        }
        for (SavepointSection section : operators) {
            EntryConverter converter = check.converter(section.name());
            if (converter != null) {
                addFormer(converter.stage);
            }
        }
    }

    private void nameTheOnly(@Nullable EntryConverter converter) {
        if (converter == null) {
            dropped.add("");
        } else {
            names.put("", converter.stage.lateName);
        }
    }

    /** Records keep the name of their time. A name that the savepoint has for an operator means that one. */
    private void addFormer(StagePlan stage) {
        for (String name : stage.stateNames()) {
            if (!dropped.contains(name)) {
                names.putIfAbsent(name, stage.lateName);
            }
        }
    }

    /**
     * Null if what it was late for, or the topic that it is from, is given up. A name that nobody knows stays: the correction
     * says that it cannot find the operator.
     */
    @Nullable
    StoredRecord taken(StoredRecord record) {
        LateRecord late = LateRecord.of(record.key(), record.value(), record.headers());
        if (code.sources.stream()
                .noneMatch(source -> source.topic().equals(late.origin().topic()))) {
            return null;
        }
        if (late.missed().stream().allMatch(each -> dropped.contains(each.operator()))) {
            return null;
        }
        return record.renamed(name -> dropped.contains(name) ? null : names.getOrDefault(name, name));
    }
}
