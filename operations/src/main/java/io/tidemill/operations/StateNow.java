package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** How large the state is, as rows of a table: the operator, what of it, how much. */
final class StateNow {
    private final List<StateSize> sizes;

    /** Operators that fold; others keep what came, or what a function made of it. */
    private final Set<String> folding;

    StateNow(Pipeline pipeline, List<StateSize> sizes) {
        this.sizes = sizes;
        this.folding = pipeline.operators().stream()
                .filter(each -> each instanceof Operator.Aggregated || each instanceof Operator.Joined)
                .map(Operator::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        sizes.forEach(each -> add(rows, each));
        if (!sizes.isEmpty()) {
            rows.add(changelog(sizes.get(0)));
        }
        return rows;
    }

    private void add(List<List<String>> rows, StateSize size) {
        String name = size.operator();
        rows.add(List.of(name, "open", entries(size) + ", " + Wording.bytes(size.bytes())));
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
    }

    private String entries(StateSize size) {
        return folding.contains(size.operator())
                ? Wording.count(size.entries(), "accumulator")
                : Wording.count(size.entries(), "entry", "entries");
    }

    /** There is one for all operators. */
    private static List<String> changelog(StateSize any) {
        return List.of(
                "all",
                "changelog",
                Wording.bytes(any.changelogBytes())
                        + (any.hasStore()
                                ? " in all, of which a start reads what is behind the store"
                                : " in all, which a start reads"));
    }
}
