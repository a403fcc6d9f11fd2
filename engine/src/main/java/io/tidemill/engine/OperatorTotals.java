package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Elements into and out of each operator of a pipeline, since its operators are what they are. Not thread-safe. */
final class OperatorTotals {
    private static final SortedMap<String, Long> NOTHING = Collections.emptySortedMap();

    private List<String> names = List.of();
    private long[] in = {};
    private long[] out = {};

    /** What versions 1 to 3 of the cursor had: what entered the chain, its operators, and what left it. */
    private boolean isOfChain;

    /** Counts go on if the operators are the same; else they begin anew. */
    void continueWith(Pipeline pipeline) {
        List<String> now = pipeline.operators().stream().map(Operator::name).toList();
        if (!isOfChain && now.equals(names)) {
            return;
        }
        List<String> before = names;
        long[] inBefore = in;
        long[] outBefore = out;
        names = now;
        in = new long[now.size()];
        out = new long[now.size()];
        if (isOfChain && isPrefix(before, now, pipeline)) {
            // The source is first. What is behind the chain has had what left it, as far as the aggregate, whose
            // results
            // were not counted.
            boolean aggregated = false;
            for (int place = 0; place < now.size() && !aggregated; place++) {
                int known = Math.min(place, before.size() - 1);
                in[place] = place < before.size() ? inBefore[known] : outBefore[known];
                aggregated = pipeline.operators().get(place) instanceof Operator.Aggregated;
                out[place] = aggregated ? 0 : outBefore[known];
            }
        }
        isOfChain = false;
    }

    /** Derived names had another number in those versions: {@code filter-2} was the second filter, whatever the first was called. */
    private static boolean isPrefix(List<String> chain, List<String> now, Pipeline pipeline) {
        for (int place = 1; place < chain.size(); place++) {
            if (place >= now.size() || !withoutNumber(chain.get(place)).equals(withoutNumber(now.get(place)))) {
                return false;
            }
        }
        Operator next = pipeline.operators().get(Math.min(chain.size(), now.size() - 1));
        return next instanceof Operator.KeyBy || next instanceof Operator.To;
    }

    private static String withoutNumber(String name) {
        return name.replaceFirst("-[0-9]+$", "");
    }

    void add(int place, long entering, long leaving) {
        in[place] += entering;
        out[place] += leaving;
    }

    /** @param counts into each operator by place, then out of each; they are 0 afterwards */
    void takeFrom(long[] counts) {
        for (int place = 0; place < in.length; place++) {
            in[place] += counts[place];
            out[place] += counts[in.length + place];
        }
        Arrays.fill(counts, 0);
    }

    /**
     * All operators, in their order.
     *
     * @param dropped by the place of the operator
     */
    List<Ledger.Elements> elements(Pipeline pipeline, Map<Integer, SortedMap<String, Long>> dropped) {
        List<Ledger.Elements> all = new ArrayList<>();
        for (int place = 0; place < names.size(); place++) {
            List<String> inputs = pipeline.inputsOf(place).stream()
                    .map(input -> pipeline.operators().get(input).name())
                    .toList();
            all.add(new Ledger.Elements(
                    names.get(place), inputs, in[place], out[place], dropped.getOrDefault(place, NOTHING)));
        }
        return all;
    }

    void write(ByteSink sink) {
        sink.writeVarint(names.size());
        for (int place = 0; place < names.size(); place++) {
            sink.writeText(names.get(place));
            sink.writeVarlong(in[place]);
            sink.writeVarlong(out[place]);
        }
    }

    static OperatorTotals read(ByteSource source) {
        OperatorTotals totals = new OperatorTotals();
        int size = source.readVarint();
        List<String> names = new ArrayList<>();
        totals.in = new long[0];
        totals.out = new long[0];
        for (int place = 0; place < size; place++) {
            names.add(source.readText());
            totals.in = Arrays.copyOf(totals.in, place + 1);
            totals.out = Arrays.copyOf(totals.out, place + 1);
            totals.in[place] = source.readVarlong();
            totals.out[place] = source.readVarlong();
        }
        totals.names = names;
        return totals;
    }

    /** As versions 1 to 3 of the cursor had them. */
    static OperatorTotals ofChain(List<String> chain, long entering, long[] counts) {
        OperatorTotals totals = new OperatorTotals();
        List<String> names = new ArrayList<>(List.of(""));
        names.addAll(chain);
        totals.names = names;
        totals.in = new long[names.size()];
        totals.out = new long[names.size()];
        totals.in[0] = entering;
        totals.out[0] = entering;
        for (int i = 0; i < chain.size(); i++) {
            totals.in[i + 1] = counts[i];
            totals.out[i + 1] = counts[chain.size() + i];
        }
        totals.isOfChain = true;
        return totals;
    }
}
