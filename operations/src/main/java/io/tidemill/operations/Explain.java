package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.operations.ExplainPlan.TopicUse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A pipeline as a page of text. */
public final class Explain {
    private final StringBuilder text = new StringBuilder();

    private Explain() {}

    /** The text of an {@link ExplainPlan}. */
    public static String of(Pipeline pipeline) {
        return of(pipeline, null);
    }

    /** @param size what the pipeline remembers now; null where that is not known */
    public static String of(Pipeline pipeline, @Nullable StateSize size) {
        return new Explain().write(ExplainPlan.of(pipeline), size);
    }

    private String write(ExplainPlan plan, @Nullable StateSize size) {
        text.append("Pipeline '").append(plan.pipeline()).append("'\n");
        table("Operators", plan.operators(), each -> List.of(each.name(), each.does()));
        table("Time", time(plan), each -> each);
        table("Topics", plan.topics(), Explain::topic);
        table("State", plan.state(), each -> List.of(each.name(), "in " + each.topic(), each.holds()));
        table("State now", size == null ? List.<List<String>>of() : now(size), each -> each);
        table("Warnings", plan.warnings(), each -> List.of("! " + each));
        return text.toString();
    }

    private static List<List<String>> time(ExplainPlan plan) {
        List<List<String>> rows = new ArrayList<>();
        ExplainPlan.Time time = plan.time();
        if (time != null) {
            rows.add(List.of("watermark", Wording.of(time.bound()) + " behind the newest event time of a partition"));
            rows.add(List.of("idle after", Wording.of(time.idleAfter()) + " with nothing to read"));
            rows.add(List.of("refused", "times more than " + Wording.of(time.aheadMax()) + " ahead of the append"));
        }
        ExplainPlan.Windows windows = plan.windows();
        if (windows != null) {
            rows.add(List.of("allowed lateness", Wording.of(windows.allowedLateness())));
            if (windows.early() != null) {
                rows.add(List.of("before the end", windows.early()));
            }
            rows.add(List.of("correctable for", Wording.of(windows.correctableFor()) + " after a window has closed"));
        }
        return rows;
    }

    private static List<List<String>> now(StateSize size) {
        List<List<String>> rows = new ArrayList<>();
        String name = size.operator();
        rows.add(List.of(
                name, "open", Wording.count(size.entries(), "accumulator") + ", " + Wording.bytes(size.bytes())));
        if (size.openWindows() + size.correctableWindows() > 0) {
            rows.add(List.of(
                    name,
                    "windows",
                    size.openWindows() + " open, " + size.correctableWindows() + " closed that can be corrected"
                            + (size.slices() == 0 ? "" : "; " + Wording.count(size.slices(), "slice"))));
            rows.add(List.of(
                    name,
                    "closed",
                    Wording.count(size.closedEntries(), "accumulator") + " on the disk, "
                            + Wording.bytes(size.closedBytes())));
        }
        if (size.deferred() > 0) {
            rows.add(List.of(
                    name,
                    "deferred",
                    Wording.count(size.deferred(), "accumulator") + " of late elements whose window is open"));
        }
        rows.add(List.of(name, "changelog", Wording.bytes(size.changelogBytes()) + " in all, which a start reads"));
        return rows;
    }

    private static List<String> topic(TopicUse topic) {
        return List.of(
                topic.isRead() ? "reads" : "writes",
                topic.topic(),
                topic.holds() + ": " + topic.format() + "; kept " + topic.kept());
    }

    private <T> void table(String title, List<T> rows, Function<T, List<String>> cells) {
        if (rows.isEmpty()) {
            return;
        }
        text.append('\n').append(title).append('\n');
        List<List<String>> table = rows.stream().map(cells).toList();
        for (List<String> row : table) {
            text.append(' ');
            for (int i = 0; i < row.size(); i++) {
                boolean last = i == row.size() - 1;
                text.append(' ').append(last ? row.get(i) : padded(row.get(i), width(table, i)));
            }
            text.append('\n');
        }
    }

    private static int width(List<List<String>> table, int column) {
        return table.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    private static String padded(String cell, int width) {
        return cell + " ".repeat(width - cell.length() + 1);
    }
}
