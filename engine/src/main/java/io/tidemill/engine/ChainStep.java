package io.tidemill.engine;

import io.tidemill.api.plan.Operator;

/**
 * A stateless operator on the way of elements, and where they go from it; or where they end: at a stage or at a topic.
 * Immutable. The operators behind a source, or behind a stage, are a tree of steps: a stream that several ways lead to is
 * there once for each.
 */
final class ChainStep {
    static final int FILTER = 0;
    static final int MAP = 1;
    static final int FLAT_MAP = 2;
    static final int EVENT_TIME = 3;

    /** Elements go through it as they are. */
    static final int PASS = 4;

    static final int KEY_BY = 5;
    static final int STAGE = 6;
    static final int SINK = 7;

    static final ChainStep[] NOWHERE = {};

    final int kind;
    final Operator operator;

    /** Among the pipeline's operators. */
    final int place;

    final ChainStep[] next;

    /** The number of the stage or of the sink. */
    final int target;

    /** The number of the stage's input. */
    final int input;

    /** Of an end: whether elements have a key of their own there. */
    final boolean isKeyed;

    ChainStep(int kind, Operator operator, int place, ChainStep[] next) {
        this(kind, operator, place, next, 0, 0, false);
    }

    private ChainStep(
            int kind, Operator operator, int place, ChainStep[] next, int target, int input, boolean isKeyed) {
        this.kind = kind;
        this.operator = operator;
        this.place = place;
        this.next = next;
        this.target = target;
        this.input = input;
        this.isKeyed = isKeyed;
    }

    static ChainStep stage(Operator operator, int place, int stage, int input) {
        return new ChainStep(STAGE, operator, place, NOWHERE, stage, input, true);
    }

    static ChainStep sink(Operator operator, int place, int sink, boolean isKeyed) {
        return new ChainStep(SINK, operator, place, NOWHERE, sink, 0, isKeyed);
    }

    /** Whether elements end here. */
    boolean isEnd() {
        return kind >= STAGE;
    }
}
