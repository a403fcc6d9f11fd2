package io.tidemill.engine;

import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import io.tidemill.log.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Makes ledgers of what a pipeline has counted. */
final class Ledgers {
    private Ledgers() {}

    /** @param windows by stage; of those that are left out none are told */
    static Ledger of(
            CompiledPipeline pipeline,
            Cursor cursor,
            Map<StagePlan, SortedMap<Window, WindowInfo>> windows,
            long deferredRecords) {
        SortedMap<TopicPartition, Ledger.Records> sources = new TreeMap<>();
        int number = 0;
        for (Cursor.Topic topic : cursor.topics) {
            String name = topic.name().isEmpty() ? pipeline.sources.get(0).topic() : topic.name();
            for (int i = 0; i < topic.partitions(); i++) {
                sources.put(new TopicPartition(name, i), records(cursor.sources.get(number++)));
            }
        }
        Map<Integer, SortedMap<String, Long>> dropped = new HashMap<>();
        pipeline.stages.forEach(
                stage -> dropped.put(stage.place, cursor.stage(stage).counts.dropped()));
        SortedMap<Window, Ledger.WindowCounts> counts = new TreeMap<>();
        windows.forEach((stage, of) -> {
            if (stage.sessions == null) {
                of.forEach((window, info) -> counts.merge(
                        window,
                        new Ledger.WindowCounts(info.onTime, info.late, info.corrected),
                        Ledger.WindowCounts::plus));
            }
        });
        return new Ledger(
                sources,
                operators(pipeline, cursor.operators.elements(pipeline.pipeline, dropped)),
                counts,
                cursor.results,
                cursor.failedResults,
                cursor.correctedRecords,
                deferredRecords,
                cursor.uncorrectableRecords);
    }

    private static Ledger.Records records(Cursor.Source source) {
        return new Ledger.Records(
                source.read,
                source.onTime,
                source.late,
                source.filtered,
                source.deadLettered,
                source.onTimeElements,
                source.lateElements);
    }

    /** A key changes nothing about an element: what gives elements to it gives them to those behind it. */
    private static List<Ledger.Elements> operators(CompiledPipeline pipeline, List<Ledger.Elements> all) {
        Map<String, Ledger.Elements> byName =
                all.stream().collect(Collectors.toMap(Ledger.Elements::operator, each -> each));
        Set<String> keys = pipeline.pipeline.operators().stream()
                .filter(Operator.KeyBy.class::isInstance)
                .map(Operator::name)
                .collect(Collectors.toSet());
        List<Ledger.Elements> told = new ArrayList<>();
        for (Ledger.Elements each : all) {
            if (!keys.contains(each.operator())) {
                List<String> inputs = each.inputs().stream()
                        .flatMap(input ->
                                keys.contains(input) ? inputsOf(byName, input).stream() : List.of(input).stream())
                        .toList();
                told.add(new Ledger.Elements(each.operator(), inputs, each.in(), each.out(), each.dropped()));
            }
        }
        return told;
    }

    private static List<String> inputsOf(Map<String, Ledger.Elements> byName, String operator) {
        Ledger.Elements known = byName.get(operator);
        return known == null ? List.of() : known.inputs();
    }
}
