package io.tidemill.testkit.oracle;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.api.plan.Operator.JoinKind;
import java.time.Duration;
import java.util.List;

/** A part of a random graph: what the engine is given and what the oracle computes are made of the same. */
sealed interface GraphNode {
    String name();

    List<GraphNode> inputs();

    default boolean comesOfState() {
        return keepsState() || inputs().stream().anyMatch(GraphNode::comesOfState);
    }

    default boolean keepsState() {
        return this instanceof Windowed || this instanceof Joined || this instanceof Running || keepsElements();
    }

    /** Whether what comes out may be replaced or taken back, which operators that keep elements do not follow. */
    default boolean revises() {
        return this instanceof Windowed
                || this instanceof Joined
                || this instanceof Near
                || this instanceof Enriched
                || (!hasNoCorrections() && inputs().stream().anyMatch(GraphNode::revises));
    }

    /** Whether elements have to wait for their turn in it. */
    default boolean keepsElements() {
        return this instanceof Near || this instanceof Enriched || hasNoCorrections();
    }

    /** Whether what comes late stays out of it. */
    default boolean hasNoCorrections() {
        return this instanceof Unique || this instanceof Visits;
    }

    /** Topics whose records become elements and times by one operator. */
    record Sources(String name, List<String> topics, Watermark watermark, Pace pace) implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of();
        }
    }

    /** Drops values that leave {@code remainder}. */
    record Filter(String name, GraphNode input, int divisor, int remainder) implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of(input);
        }

        boolean keeps(Item item) {
            return Math.floorMod(item.value(), divisor) != remainder;
        }
    }

    /** The functions of a {@link Changed}. */
    enum Change {
        NEGATE,
        TWICE,
        APART,
        SOME,
        BY_VALUE,
        ONE_KEY;

        List<Item> of(Item item) {
            return switch (this) {
                case NEGATE -> List.of(new Item(item.key(), -item.value()));
                case TWICE -> List.of(item, item);
                case APART -> List.of(item, new Item("x" + item.key(), item.value() + 1));
                case SOME -> item.value() % 3 == 0 ? List.of() : List.of(new Item(item.key(), item.value() / 3));
                case BY_VALUE -> List.of(new Item("v" + Math.floorMod(item.value(), 3), item.value()));
                case ONE_KEY -> List.of(new Item("all", item.value()));
            };
        }

        /** Whether it makes one of each. */
        boolean isMap() {
            return this == NEGATE || this == BY_VALUE || this == ONE_KEY;
        }
    }

    record Changed(String name, GraphNode input, Change change) implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of(input);
        }
    }

    /** Fails where the value has {@code remainder}. */
    record Failing(String name, GraphNode input, int divisor, int remainder) implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of(input);
        }

        Item of(Item item) {
            if (Math.floorMod(item.value(), divisor) == remainder) {
                throw new IllegalArgumentException("not this one: " + item);
            }
            return item;
        }
    }

    record Union(String name, List<GraphNode> inputs) implements GraphNode {}

    /** What an aggregate makes of the elements; the same whatever their order. */
    enum Fold {
        SUM,
        COUNT,
        MAX,
        DISTINCT;

        Aggregate<Item, ?, Long> aggregate() {
            return switch (this) {
                case SUM -> Aggregate.sum(Item::value);
                case COUNT -> Aggregate.count();
                case MAX -> Aggregate.max(Item::value);
                case DISTINCT -> Aggregate.countDistinct(Item::value, Codec.int64());
            };
        }

        long of(List<Long> values) {
            return switch (this) {
                case SUM -> values.stream().mapToLong(value -> value).sum();
                case COUNT -> values.size();
                case MAX -> values.stream().mapToLong(value -> value).max().orElseThrow();
                case DISTINCT -> values.stream().distinct().count();
            };
        }
    }

    record Windowed(String name, GraphNode input, Windowing windowing, Duration lateness, Fold fold)
            implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of(input);
        }
    }

    record Joined(String name, GraphNode left, GraphNode right, JoinKind kind, Windowing windowing, Duration lateness)
            implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of(left, right);
        }
    }

    /** Its results say how many there were. */
    record Running(String name, GraphNode input, Fold fold) implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of(input);
        }
    }

    /** A topic of versions by key; {@link GraphCase#record} makes its records. */
    record Versions(String name, String topic, Watermark watermark) implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of();
        }
    }

    /** Each element with the newest version of its key. */
    record Enriched(String name, GraphNode input, Versions versions, boolean keepsUnmatched) implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of(input, versions);
        }
    }

    /** Pairs of elements of which the right one is from {@code lower} to {@code upper} after the left one. */
    record Near(String name, GraphNode left, GraphNode right, JoinKind kind, Duration lower, Duration upper)
            implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of(left, right);
        }
    }

    /** Ids, each once within {@code bound}. */
    record Unique(String name, GraphNode input, Duration bound) implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of(input);
        }

        static String id(Item item) {
            return item.key() + Math.floorMod(item.value(), 3);
        }
    }

    /** Numbers the elements of a visit of a key, and tells their number when none has come for longer than {@code gap}. */
    record Visits(String name, GraphNode input, Duration gap) implements GraphNode {
        @Override
        public List<GraphNode> inputs() {
            return List.of(input);
        }
    }

    /** How a stream ends in a topic. */
    enum Form {
        /** Elements as they are. */
        ITEMS,
        /** Elements under a key of their own. */
        KEYED,
        /** Results of an aggregate, by its own codec. */
        RESULTS,
        /** Results of an aggregate, mapped. */
        MAPPED
    }

    record End(String topic, GraphNode node, Form form) {}
}
