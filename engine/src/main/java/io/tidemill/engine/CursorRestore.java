package io.tidemill.engine;

import io.tidemill.api.ByteSource;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.savepoint.SavepointHeader;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.engine.savepoint.SavepointSection;
import io.tidemill.log.Log;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes of a savepoint's cursor one of the code that goes on from it. Used once. */
final class CursorRestore {
    private final Log log;
    private final CompiledPipeline code;
    private final SavepointInfo savepoint;
    private final SavepointCheck check;
    private final RestoreOptions options;
    private final PipelineTopics topics;
    private @Nullable Cursor before;

    /** The first partition of a topic, of all. */
    private final Map<String, Integer> firstBefore = new HashMap<>();

    private final Map<String, Integer> firstNow = new HashMap<>();

    /** Late records that are taken over, and wait in operators. */
    private long deferredRecords;

    /** Late records that are taken over, and that no correction has read. */
    long waitingRecords;

    CursorRestore(
            Log log,
            CompiledPipeline code,
            SavepointInfo savepoint,
            SavepointCheck check,
            RestoreOptions options,
            PipelineTopics topics) {
        this.log = log;
        this.code = code;
        this.savepoint = savepoint;
        this.check = check;
        this.options = options;
        this.topics = topics;
        int first = 0;
        for (TopicDescription topic : topics.sources()) {
            firstNow.put(topic.name(), first);
            first += topic.config().partitions();
        }
        first = 0;
        for (var source : savepoint.header().sources()) {
            firstBefore.put(source.topic(), first);
            first += source.partitions().size();
        }
    }

    void read(byte[] bytes) {
        before = Cursor.read(new ByteSource(bytes));
    }

    private Cursor require() {
        if (before == null) {
            throw new SavepointException("the savepoint holds no cursor: use another one");
        }
        return before;
    }

    /** The number that a partition has among those of all sources; -1 if it is no longer read. */
    int partitionNow(int number) {
        for (var source : savepoint.header().sources()) {
            int first = firstBefore.getOrDefault(source.topic(), 0);
            Integer now = firstNow.get(source.topic());
            if (number >= first && number < first + source.partitions().size()) {
                return now == null ? -1 : now + number - first;
            }
        }
        return -1;
    }

    /**
     * What waits in an operator is not told apart by topic. Where topics are given up, it counts for no more records than were
     * late in those that stay, and do not wait elsewhere: the others are given up as those of their topics are.
     */
    byte[] deferred(byte[] value) {
        long records = EntryConverter.deferredRecords(value);
        long counted = Math.min(records, deferrableRecords() - deferredRecords);
        deferredRecords += counted;
        return counted == records ? value : EntryConverter.withDeferredRecords(value, counted);
    }

    private long deferrableRecords() {
        long late = 0;
        int number = 0;
        boolean isGivenUp = false;
        for (SavepointHeader.Source source : savepoint.header().sources()) {
            boolean stays = firstNow.containsKey(source.topic());
            isGivenUp |= !stays;
            for (int i = 0; i < source.partitions().size(); i++) {
                late += stays ? require().sources.get(number + i).late : 0;
            }
            number += source.partitions().size();
        }
        long waiting = savepoint.sections().stream()
                .filter(section -> section.kind() == SavepointSection.Kind.LATE)
                .mapToLong(SavepointSection::entries)
                .sum();
        return isGivenUp ? Math.max(0, late - waiting) : Long.MAX_VALUE;
    }

    /** @param lateStarts where the late records begin, by partition */
    Cursor now(List<Long> lateStarts) {
        Cursor cursor = require();
        boolean isGivenUp = savepoint.operators().stream().anyMatch(each -> check.converter(each.name()) == null)
                || savepoint.header().sources().stream().anyMatch(each -> !firstNow.containsKey(each.topic()));
        cursor.shape = code.shape();
        moveSources(cursor);
        moveStages(cursor);
        cursor.lateOffsets.clear();
        cursor.lateOffsets.addAll(lateStarts);
        if (isGivenUp) {
            giveUpLate(cursor);
        }
        balance(cursor);
        return cursor;
    }

    private void moveSources(Cursor cursor) {
        List<Cursor.Source> known = List.copyOf(cursor.sources);
        cursor.topics.clear();
        cursor.sources.clear();
        for (TopicDescription topic : topics.sources()) {
            int partitions = topic.config().partitions();
            cursor.topics.add(new Cursor.Topic(topic.name(), topic.id(), partitions));
            Integer first = firstBefore.get(topic.name());
            for (int i = 0; i < partitions; i++) {
                Cursor.Source source = first == null ? beginning(topic.name(), i) : known.get(first + i);
                if (options.resetGenerators().contains(topic.name())) {
                    source.remembered = new long[0];
                }
                cursor.sources.add(source);
            }
        }
    }

    private Cursor.Source beginning(String topic, int partition) {
        Cursor.Source source = new Cursor.Source();
        source.position = log.offsets(new TopicPartition(topic, partition)).start();
        return source;
    }

    // ---- operators ----

    private void moveStages(Cursor cursor) {
        List<Cursor.Stage> known = new ArrayList<>(cursor.stages);
        cursor.stages.clear();
        Map<StagePlan, Cursor.Stage> taken = new HashMap<>();
        for (SavepointSection section : savepoint.operators()) {
            EntryConverter converter = check.converter(section.name());
            Cursor.Stage stage = find(known, StateFormat.operatorId(section.name()));
            // Names may be swapped.
            known.remove(stage);
            if (converter != null && stage != null) {
                stage.originId = stage.operatorId == 0 ? converter.stage.operatorId : stage.originId;
                stage.operatorId = converter.stage.operatorId;
                taken.put(converter.stage, stage);
                cursor.stages.add(stage);
            }
        }
        Set<String> names =
                savepoint.operators().stream().map(SavepointSection::name).collect(Collectors.toSet());
        for (StagePlan stage : code.stages) {
            if (!taken.containsKey(stage)) {
                cursor.begin(stage, originOf(stage, names));
            }
        }
    }

    private static Cursor.@Nullable Stage find(List<Cursor.Stage> known, int id) {
        return known.stream()
                .filter(stage -> stage.operatorId == id || stage.operatorId == 0)
                .findFirst()
                .orElse(null);
    }

    /** What begins anew under its name tells other results than those that operators behind it may have kept. */
    private int originOf(StagePlan stage, Set<String> names) {
        if (!names.contains(stage.statefulName())) {
            return stage.operatorId;
        }
        byte[] bytes = (stage.statefulName() + savepoint.header().id()).getBytes(StandardCharsets.UTF_8);
        return Murmur2.hash(bytes, 0, bytes.length);
    }

    // ---- the ledger ----

    /** What was late for something that is gone can no longer be corrected; nor can what came of a topic that is gone. */
    private void giveUpLate(Cursor cursor) {
        long late = cursor.sources.stream().mapToLong(source -> source.late).sum();
        long accounted = late - deferredRecords - waitingRecords;
        cursor.correctedRecords = Math.min(cursor.correctedRecords, accounted);
        cursor.uncorrectableRecords = accounted - cursor.correctedRecords;
    }

    /** Elements were judged for operators, and read from topics, that are gone: their counts are, too. */
    private void balance(Cursor cursor) {
        long judged = cursor.stages.stream()
                .mapToLong(stage -> stage.windowOnTime + stage.windowLate - stage.assignments)
                .sum();
        long assigned =
                cursor.sources.stream().mapToLong(source -> source.assignments).sum();
        cursor.sources.get(0).assignments += judged - assigned;
        cursor.operators.continueWith(code.pipeline);
        if (!Ledgers.of(code, cursor, Map.of(), deferredRecords).imbalances().isEmpty()) {
            // Operators of the same names were connected otherwise: their counts begin anew.
            cursor.operators = new OperatorTotals();
        }
    }
}
