package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.engine.PipelineStatus;
import io.tidemill.log.TopicPartition;
import io.tidemill.operations.ExplainPlan.TopicUse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** A pipeline as a page of text. */
public final class Explain {
    private final StringBuilder text = new StringBuilder();

    private Explain() {}

    /** The text of an {@link ExplainPlan}. */
    public static String of(Pipeline pipeline) {
        return of(pipeline, List.of());
    }

    /** @param sizes what the pipeline remembers now, by operator; none where that is not known */
    public static String of(Pipeline pipeline, List<StateSize> sizes) {
        return of(pipeline, sizes, new TreeMap<>());
    }

    /** @param progress how far its sources have come; nothing where that is not known */
    public static String of(
            Pipeline pipeline, List<StateSize> sizes, SortedMap<TopicPartition, PipelineStatus.Progress> progress) {
        return new Explain().write(ExplainPlan.of(pipeline), new StateNow(pipeline, sizes), progress);
    }

    private String write(
            ExplainPlan plan, StateNow state, SortedMap<TopicPartition, PipelineStatus.Progress> progress) {
        text.append("Pipeline '").append(plan.pipeline()).append("'\n");
        boolean isLine = plan.isLine();
        table(
                "Operators",
                plan.operators(),
                each -> isLine
                        ? List.of(each.name(), each.does())
                        : List.of(
                                each.name(),
                                each.inputs().isEmpty() ? "" : "of " + String.join(", ", each.inputs()),
                                each.does()));
        table("Time", time(plan), each -> each);
        table("Topics", plan.topics(), Explain::topic);
        table("State", plan.state(), each -> List.of(each.name(), "in " + each.topic(), each.holds()));
        table("Sources now", progress(progress), each -> each);
        table("State now", state.rows(), each -> each);
        table("Warnings", plan.warnings(), each -> List.of("! " + each));
        return text.toString();
    }

    private static List<List<String>> time(ExplainPlan plan) {
        List<List<String>> rows = new ArrayList<>();
        for (ExplainPlan.Time time : plan.times()) {
            boolean isOnly = plan.times().size() == 1 && plan.windows().size() <= 1;
            List<String> of = isOnly ? List.of() : List.of(time.operator());
            String newest = time.isGenerated()
                    ? "what its generator says of a partition"
                    : "the newest event time of a partition";
            row(rows, of, "watermark", Wording.of(time.bound()) + " behind " + newest);
            row(rows, of, "idle after", Wording.of(time.idleAfter()) + " with nothing to read");
            row(rows, of, "refused", "times more than " + Wording.of(time.aheadMax()) + " ahead of the append");
        }
        for (ExplainPlan.Windows windows : plan.windows()) {
            boolean isOnly = plan.windows().size() == 1 && plan.times().size() == 1;
            List<String> of = isOnly ? List.of() : List.of(windows.operator());
            row(rows, of, "allowed lateness", Wording.of(windows.allowedLateness()));
            if (windows.early() != null) {
                row(rows, of, "before the end", windows.early());
            }
            row(rows, of, "correctable for", Wording.of(windows.correctableFor()) + " after a window has closed");
        }
        return rows;
    }

    /** @param of nothing where it needs not be said */
    private static void row(List<List<String>> rows, List<String> of, String name, String value) {
        List<String> row = new ArrayList<>(of);
        row.add(name);
        row.add(value);
        rows.add(row);
    }

    /** How far each partition has come, and how far ahead it is of the last one of all that is not idle, whether or not it waits for it. */
    private static List<List<String>> progress(SortedMap<TopicPartition, PipelineStatus.Progress> progress) {
        long last = progress.values().stream()
                .filter(each -> !each.idle() && each.newestMillis() != Long.MIN_VALUE)
                .mapToLong(PipelineStatus.Progress::newestMillis)
                .min()
                .orElse(Long.MAX_VALUE);
        List<List<String>> rows = new ArrayList<>();
        progress.forEach((partition, at) -> {
            boolean isTimed = at.newestMillis() != Long.MIN_VALUE;
            String ahead = isTimed && at.newestMillis() > last
                    ? ", " + Wording.of(Duration.ofMillis(at.newestMillis() - last)) + " ahead of the last of all"
                    : "";
            rows.add(List.of(
                    partition.toString(),
                    isTimed ? "at " + Instant.ofEpochMilli(at.newestMillis()) : "no time yet",
                    Wording.count(at.unread(), "offset") + " unread" + (at.idle() ? ", idle" : "") + ahead));
        });
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
        return table.stream()
                .filter(row -> row.size() > column)
                .mapToInt(row -> row.get(column).length())
                .max()
                .orElse(0);
    }

    private static String padded(String cell, int width) {
        return cell + " ".repeat(width - cell.length() + 1);
    }
}
