package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import java.util.List;

final class Renamed {
    private static final int FORMER_NAMES_MAX = 100;

    private Renamed() {}

    static void requireLegal(String name) {
        if (name.isBlank() || name.length() > 100) {
            throw new IllegalArgumentException("an operator's name has 1 to 100 characters");
        }
    }

    static Operator of(Operator operator, String name) {
        requireLegal(name);
        if (operator instanceof Operator.From from) {
            return new Operator.From(name, from.topic());
        } else if (operator instanceof Operator.Filter filter) {
            return new Operator.Filter(name, filter.condition());
        } else if (operator instanceof Operator.Map map) {
            return new Operator.Map(name, map.mapper());
        } else if (operator instanceof Operator.FlatMap flatMap) {
            return new Operator.FlatMap(name, flatMap.mapper());
        } else if (operator instanceof Operator.EventTime time) {
            return new Operator.EventTime(name, time.extractor(), time.watermark(), time.generator());
        } else if (operator instanceof Operator.KeyBy keyBy) {
            return new Operator.KeyBy(name, keyBy.extractor(), keyBy.codec());
        } else if (operator instanceof Operator.Windowed window) {
            return new Operator.Windowed(
                    name, window.windowing(), window.allowedLateness(), window.correctableFor(), window.early());
        } else if (operator instanceof Operator.Union) {
            return new Operator.Union(name);
        } else if (operator instanceof Operator.Results) {
            return new Operator.Results(name);
        } else if (operator instanceof Operator.MapResult mapping) {
            return new Operator.MapResult(name, mapping.mapper());
        } else if (operator instanceof Operator.To to) {
            return new Operator.To(name, to.topic(), to.codec());
        } else if (operator instanceof Operator.Aggregated aggregated) {
            return new Operator.Aggregated(name, aggregated.aggregate(), aggregated.formerNames());
        } else if (operator instanceof Operator.Joined joined) {
            return renamed(joined, name);
        } else if (operator instanceof Operator.Side side) {
            return new Operator.Side(name, side.tag());
        } else if (operator instanceof Operator.Table table) {
            return new Operator.Table(name, table.topic(), table.keyCodec(), table.watermark());
        }
        return keeping(operator, name, operator.formerNames());
    }

    /** Of an operator that keeps elements. */
    static Operator formerly(Operator operator, String... names) {
        if (names.length > FORMER_NAMES_MAX) {
            throw new IllegalArgumentException("an operator has at most " + FORMER_NAMES_MAX + " former names");
        }
        for (String name : names) {
            requireLegal(name);
        }
        return keeping(operator, operator.name(), List.of(names));
    }

    private static Operator keeping(Operator operator, String name, List<String> former) {
        if (operator instanceof Operator.Processed process) {
            return new Operator.Processed(name, process.function(), process.options(), process.kept(), former);
        } else if (operator instanceof Operator.Deduplicate dedup) {
            return new Operator.Deduplicate(name, dedup.id(), dedup.idCodec(), dedup.bound(), dedup.kept(), former);
        } else if (operator instanceof Operator.IntervalJoin join) {
            return new Operator.IntervalJoin(
                    name,
                    join.lower(),
                    join.upper(),
                    join.keepsLeft(),
                    join.keepsRight(),
                    join.joiner(),
                    join.correctableFor(),
                    join.kept(),
                    former);
        } else if (operator instanceof Operator.Enrich enrich) {
            return new Operator.Enrich(
                    name, enrich.keepsUnmatched(), enrich.joiner(), enrich.correctableFor(), enrich.kept(), former);
        }
        throw new IllegalArgumentException("'" + operator.name() + "' keeps no state of its own");
    }

    private static Operator renamed(Operator.Joined joined, String name) {
        return new Operator.Joined(
                name,
                joined.kind(),
                joined.joiner(),
                joined.leftCodec(),
                joined.rightCodec(),
                joined.resultCodec(),
                joined.windowing(),
                joined.allowedLateness(),
                joined.correctableFor(),
                joined.rowsMax(),
                joined.formerNames());
    }
}
