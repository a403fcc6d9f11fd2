package io.tidemill.engine;

import io.tidemill.api.LateRecord;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.engine.savepoint.SavepointSection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Brings late records under the names that operators have in the code. */
final class LateRestore {
    private final CompiledPipeline code;

    /** What late records call an operator, then and now; those that are missing are dropped. */
    private final Map<String, String> names = new HashMap<>();

    private final boolean isSame;

    LateRestore(CompiledPipeline code, SavepointInfo savepoint, SavepointCheck check) {
        this.code = code;
        List<SavepointSection> operators = savepoint.operators();
        for (SavepointSection section : operators) {
            EntryConverter converter = check.converter(section.name());
            if (converter != null) {
                names.put(section.name(), converter.stage.lateName);
                if (operators.size() == 1) {
                    names.put("", converter.stage.lateName);
                }
            }
        }
        boolean allSources = savepoint.header().sources().stream()
                .allMatch(source ->
                        code.sources.stream().anyMatch(now -> now.topic().equals(source.topic())));
        boolean allOperators = operators.stream().allMatch(each -> check.converter(each.name()) != null);
        this.isSame = allSources
                && allOperators
                && names.entrySet().stream()
                        .allMatch(each -> each.getKey().equals(each.getValue())
                                || (operators.size() == 1 && each.getValue().isEmpty()));
    }

    /** Null if what it was late for, or the topic that it is from, is given up. */
    @Nullable
    StoredRecord taken(StoredRecord record) {
        if (isSame) {
            return record;
        }
        LateRecord late = LateRecord.of(record.key(), record.value(), record.headers());
        if (code.sources.stream()
                .noneMatch(source -> source.topic().equals(late.origin().topic()))) {
            return null;
        }
        List<LateRecord.Missed> missed = new ArrayList<>();
        for (LateRecord.Missed each : late.missed()) {
            String now = names.get(each.operator());
            if (now != null) {
                missed.add(new LateRecord.Missed(now, each.element(), each.window(), each.byMillis()));
            }
        }
        LateRecord renamed = new LateRecord(
                late.key(), late.payload(), late.headers(), late.origin(), late.pipeline(), List.copyOf(missed));
        return missed.isEmpty()
                ? null
                : new StoredRecord(record.timestampMillis(), record.key(), record.value(), renamed.toHeaders());
    }
}
