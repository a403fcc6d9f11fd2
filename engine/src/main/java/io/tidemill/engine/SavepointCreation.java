package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.engine.SavepointScan.Overtaken;
import io.tidemill.engine.savepoint.EntrySorter;
import io.tidemill.engine.savepoint.SavepointEntry;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.savepoint.SavepointFormat;
import io.tidemill.engine.savepoint.SavepointHeader;
import io.tidemill.engine.savepoint.SavepointSection;
import io.tidemill.engine.savepoint.SavepointWriter;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.Log;
import io.tidemill.log.disk.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Takes a savepoint of what a pipeline has committed, whether it runs or not. What the log has cut off while it was being
 * read makes it start again.
 */
final class SavepointCreation {
    private static final int ATTEMPTS_MAX = 10;
    private static final long SORT_BYTES_MAX = 32 << 20;
    private static final byte[] NO_KEY = {};

    private final Log log;
    private final String name;
    private final @Nullable CompiledPipeline code;
    private final Disk disk;
    private final String path;
    private final @Nullable StateStores stores;

    /** @param path of the file that is written, which is not there yet */
    SavepointCreation(
            Log log,
            String name,
            @Nullable CompiledPipeline code,
            @Nullable StateStores stores,
            Disk disk,
            String path) {
        this.log = log;
        this.name = name;
        this.code = code;
        this.stores = stores;
        this.disk = disk;
        this.path = path;
    }

    void run(Instant createdAt, String codeVersion) throws IOException {
        if (log.topic(name + ".changelog").isEmpty()) {
            throw SavepointScan.neverRan(name);
        }
        for (int attempt = 1; ; attempt++) {
            try (EntrySorter sorter = new EntrySorter(disk, path, SORT_BYTES_MAX)) {
                SavepointScan scan = new SavepointScan(log, name, code, stores, sorter);
                Cursor cursor = scan.run();
                new Writing(scan, cursor, sorter).write(createdAt, codeVersion);
                return;
            } catch (Overtaken e) {
                if (attempt == ATTEMPTS_MAX) {
                    throw new SavepointException(
                            "pipeline '" + name + "' changes its state faster than it can be read (" + e.getMessage()
                                    + ", " + ATTEMPTS_MAX + " times): stop it, and take the savepoint then",
                            e);
                }
            }
        }
    }

    /** What one scan has found becomes a file. */
    private final class Writing {
        private final SavepointScan scan;
        private final Cursor cursor;
        private final EntrySorter sorter;
        private final StateShape shape;

        /** By the operator in the entries' keys, in their order. */
        private final TreeMap<Integer, SavepointSection> operators = new TreeMap<>(Integer::compareUnsigned);

        Writing(SavepointScan scan, Cursor cursor, EntrySorter sorter) {
            this.scan = scan;
            this.cursor = cursor;
            this.sorter = sorter;
            this.shape = StateShape.of(cursor, code);
            for (StateShape.Kept each : shape.operators()) {
                operators.put(
                        scan.canonical(each.id()),
                        SavepointSection.of(
                                SavepointSection.Kind.OPERATOR,
                                each.name(),
                                each.plan() == null || code == null ? "" : code.kindOf(each.plan()),
                                properties(each)));
            }
        }

        void write(Instant createdAt, String codeVersion) throws IOException {
            requireKnownOperators();
            addWindows();
            sorter.add(SavepointKeys.ofPipeline(StateFormat.CURSOR, 0), 0, scan.cursorBytes);
            String temporary = path + ".tmp";
            try (SavepointWriter writer = new SavepointWriter(disk, temporary, header(createdAt, codeVersion))) {
                List<SavepointSection> sections = sections();
                int[] current = {0};
                writer.begin(sections.get(0));
                sorter.finish((key, value) -> {
                    int number = sectionOf(key);
                    moveTo(number, current, sections, writer);
                    SavepointEntry entry = SavepointKeys.entry(key, value);
                    if (isNeeded(SavepointKeys.operator(key), entry)) {
                        writer.add(entry);
                    }
                });
                moveTo(sections.size() - 1, current, sections, writer);
                writer.end();
                writer.finish();
            }
            disk.rename(temporary, path);
            disk.syncDirectory("");
        }

        private static void moveTo(int number, int[] current, List<SavepointSection> sections, SavepointWriter writer)
                throws IOException {
            while (current[0] < number) {
                writer.end();
                writer.begin(sections.get(++current[0]));
            }
        }

        private void requireKnownOperators() {
            Set<Integer> unknown = new HashSet<>(scan.operators);
            unknown.removeAll(operators.keySet());
            if (!unknown.isEmpty()) {
                String known = operators.isEmpty()
                        ? "is unknown"
                        : "is none of "
                                + operators.values().stream()
                                        .map(each -> "'" + each.name() + "'")
                                        .toList();
                throw new SavepointException("the state of pipeline '" + name + "' holds records of an operator that "
                        + known + ": name the code that kept the state, with the operator's former names");
            }
        }

        private void addWindows() throws IOException {
            for (Map.Entry<Integer, TreeMap<Window, WindowInfo>> its : scan.windows.entrySet()) {
                for (Map.Entry<Window, WindowInfo> each : its.getValue().entrySet()) {
                    ByteSink sink = new ByteSink();
                    // Where its accumulators were says nothing of where they will be.
                    each.getValue().ranges.clear();
                    each.getValue().write(sink);
                    byte[] key = SavepointKeys.ofOperator(its.getKey(), StateFormat.WINDOW, each.getKey(), NO_KEY);
                    sorter.add(key, 0, sink.toByteArray());
                }
            }
        }

        /** What has closed is needed as long as its window, or its place, is known. */
        private boolean isNeeded(int operator, SavepointEntry entry) {
            if (entry.kind() != SavepointFormat.CLOSED && entry.kind() != SavepointFormat.ENDED) {
                return true;
            }
            Window window = entry.kind() == SavepointFormat.CLOSED
                    ? EntryConverter.window(entry)
                    : ClosedSession.placeOf(entry.value());
            TreeMap<Window, WindowInfo> its = scan.windows.get(operator);
            return its != null && its.containsKey(window);
        }

        private List<SavepointSection> sections() {
            List<SavepointSection> sections = new ArrayList<>();
            sections.add(SavepointSection.of(SavepointSection.Kind.PIPELINE, "", "", pipelineProperties()));
            sections.addAll(operators.values());
            sections.add(SavepointSection.of(SavepointSection.Kind.LATE, "", "", Map.of()));
            return sections;
        }

        /** Entries of operators that have gone unheard of are in no section, and only of what has closed. */
        private int sectionOf(byte[] key) {
            return switch (SavepointKeys.section(key)) {
                case SavepointKeys.PIPELINE -> 0;
                case SavepointKeys.OPERATOR ->
                    operators.headMap(SavepointKeys.operator(key), true).size();
                default -> operators.size() + 1;
            };
        }

        // ---- in words ----

        private Map<String, String> pipelineProperties() {
            return shape.codeKnown() && code != null ? SavepointCheck.results(code) : Map.of();
        }

        private Map<String, String> properties(StateShape.Kept operator) {
            Map<String, String> properties = new LinkedHashMap<>();
            properties.put(SavepointCheck.KEY, operator.key());
            if (operator.windowing() != null) {
                properties.put(SavepointCheck.WINDOWING, operator.windowing());
            }
            properties.put(SavepointCheck.AGGREGATE, operator.format());
            if (operator.plan() != null && code != null) {
                properties.putAll(SavepointCheck.settings(code, operator.plan()));
            }
            cursor.stages.stream()
                    .filter(stage -> stage.operatorId == operator.id() || stage.operatorId == 0)
                    .filter(stage -> stage.closedUpTo != Long.MIN_VALUE && stage.closedUpTo != Long.MAX_VALUE)
                    .forEach(stage -> properties.put(
                            SavepointCheck.CLOSED_UP_TO,
                            Instant.ofEpochMilli(stage.closedUpTo).toString()));
            return properties;
        }

        private SavepointHeader header(Instant createdAt, String codeVersion) {
            List<SavepointHeader.Source> sources = new ArrayList<>();
            int first = 0;
            for (int i = 0; i < cursor.topics.size(); i++) {
                Cursor.Topic topic = cursor.topics.get(i);
                sources.add(source(
                        shape.topics().get(i), topic.id(), cursor.sources.subList(first, first + topic.partitions())));
                first += topic.partitions();
            }
            return new SavepointHeader(
                    SavepointFormat.VERSION,
                    UUID.nameUUIDFromBytes((path + createdAt).getBytes(StandardCharsets.UTF_8)),
                    createdAt,
                    name,
                    codeVersion,
                    cursor.shape,
                    Map.of(),
                    sources);
        }

        private @Nullable SourcePlan plan(String topic) {
            return !shape.codeKnown() || code == null
                    ? null
                    : code.sources.stream()
                            .filter(source -> source.topic().equals(topic))
                            .findFirst()
                            .orElse(null);
        }

        private SavepointHeader.Source source(String topic, UUID id, List<Cursor.Source> of) {
            Map<String, String> settings = new LinkedHashMap<>();
            long bound = 0;
            Watermark watermark = shape.codeKnown() && code != null ? SavepointCheck.watermark(code, topic) : null;
            if (watermark != null) {
                settings.put(SavepointCheck.BOUND, watermark.bound().toString());
                bound = watermark.bound().toMillis();
            }
            String generator = GeneratorCheck.inWords(plan(topic), of);
            if (generator != null) {
                settings.put(SavepointCheck.GENERATOR, generator);
            }
            List<SavepointHeader.Partition> partitions = new ArrayList<>();
            for (Cursor.Source each : of) {
                partitions.add(new SavepointHeader.Partition(
                        each.position,
                        each.timed,
                        each.idle,
                        each.newestTime,
                        each.timed ? each.newestTime - bound : 0));
            }
            return new SavepointHeader.Source(topic, id, settings, List.copyOf(partitions));
        }
    }
}
