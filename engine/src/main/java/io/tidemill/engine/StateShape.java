package io.tidemill.engine;

import io.tidemill.engine.savepoint.SavepointException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What kept state depended on, taken apart.
 *
 * @param topics those that are read
 * @param operators those that keep state
 * @param codeKnown whether the code at hand is what kept it, so that its settings and its older records may be told by it
 */
record StateShape(List<String> topics, List<Kept> operators, boolean codeKnown) {
    private static final String FROM = "from ";
    private static final String KEY = "key ";
    private static final String BEFORE_KEY = "; " + KEY;
    private static final String BY = " by ";
    private static final String[] WINDOWINGS = {
        "; tumbling windows of ", "; sliding windows of ", "; cumulative windows of ", "; sessions with "
    };

    /**
     * An operator that keeps state.
     *
     * @param key the format of the keys
     * @param windowing null where there are no windows
     * @param format of what it keeps
     * @param plan null where the code at hand is not what kept it
     */
    record Kept(
            String name,
            String key,
            @Nullable String windowing,
            String format,
            @Nullable StagePlan plan) {
        /** What stands for it in the cursor. */
        int id() {
            return StateFormat.operatorId(name);
        }
    }

    static StateShape of(Cursor cursor, @Nullable CompiledPipeline code) {
        List<String> names = code == null ? null : code.namesIn(cursor.shape);
        return code == null || names == null ? parse(cursor) : byCode(code, names);
    }

    /** The code says where a name ends and a format begins. */
    private static StateShape byCode(CompiledPipeline code, List<String> names) {
        List<Kept> operators = new ArrayList<>();
        for (StagePlan stage : code.stages) {
            operators.add(new Kept(
                    names.get(stage.number),
                    stage.keyCodec.format(),
                    stage.windowed == null ? null : stage.windowed.windowing().describe(),
                    stage.aggregate.format(),
                    stage));
        }
        return new StateShape(code.sources.stream().map(SourcePlan::topic).toList(), List.copyOf(operators), true);
    }

    // ---- without the code ----

    private static StateShape parse(Cursor cursor) {
        String shape = cursor.shape;
        int end = shape.indexOf("; ");
        String from = end < 0 ? shape : shape.substring(0, end);
        String rest = end < 0 ? "" : shape.substring(end);
        if (!from.startsWith(FROM) || (!rest.isEmpty() && !rest.startsWith(BEFORE_KEY))) {
            throw unclear(shape);
        }
        List<String> topics = List.of(from.substring(FROM.length()).split(", ", -1));
        Set<Integer> ids = cursor.stages.stream().map(stage -> stage.operatorId).collect(Collectors.toSet());
        List<int[]> names = ids.contains(0) ? firstName(rest, shape) : names(rest, ids);
        List<Kept> operators = new ArrayList<>();
        int keyAt = 0;
        for (int i = 0; i < names.size(); i++) {
            int[] name = names.get(i);
            int formatAt = name[1] + BY.length();
            int next = i + 1 < names.size() ? rest.lastIndexOf(BEFORE_KEY, names.get(i + 1)[0]) : rest.length();
            if (next < formatAt) {
                throw unclear(shape);
            }
            String before = rest.substring(keyAt + BEFORE_KEY.length(), name[0] - 2);
            int windowing = windowingIn(before);
            operators.add(new Kept(
                    rest.substring(name[0], name[1]),
                    windowing < 0 ? before : before.substring(0, windowing),
                    windowing < 0 ? null : before.substring(windowing + 2),
                    rest.substring(formatAt, next),
                    null));
            keyAt = next;
        }
        return new StateShape(topics, List.copyOf(operators), false);
    }

    /** Where the names begin and end: a name is what has one of the numbers that the cursor tells. */
    private static List<int[]> names(String text, Set<Integer> ids) {
        List<int[]> found = new ArrayList<>();
        Set<Integer> left = new TreeSet<>(ids);
        for (int start = text.indexOf("; "); start >= 0; start = text.indexOf("; ", start + 1)) {
            for (int end = text.indexOf(BY, start); end >= 0; end = text.indexOf(BY, end + 1)) {
                if (end > start + 2 && left.remove(StateFormat.operatorId(text.substring(start + 2, end)))) {
                    found.add(new int[] {start + 2, end});
                }
            }
        }
        if (!left.isEmpty()) {
            throw unclear(text);
        }
        found.sort(Comparator.comparingInt(name -> name[0]));
        return found;
    }

    /** Earlier versions had one operator with state, and no number for it. */
    private static List<int[]> firstName(String text, String shape) {
        int key = text.indexOf("; ", 1);
        if (key < 0) {
            return List.of();
        }
        boolean isWindowed = Stream.of(WINDOWINGS).anyMatch(each -> text.startsWith(each, key));
        int start = isWindowed ? text.indexOf("; ", key + 1) : key;
        int end = start < 0 ? -1 : text.indexOf(BY, start);
        if (end <= start + 2) {
            throw unclear(shape);
        }
        return List.of(new int[] {start + 2, end});
    }

    private static int windowingIn(String text) {
        return Stream.of(WINDOWINGS)
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .findFirst()
                .orElse(-1);
    }

    private static SavepointException unclear(String shape) {
        return new SavepointException("the state says of itself '" + shape
                + "', which cannot be understood without the code that kept it: name that code");
    }
}
