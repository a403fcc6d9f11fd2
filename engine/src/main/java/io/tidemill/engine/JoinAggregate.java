package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.FailureClass;
import io.tidemill.api.failure.ErrorText;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Operator.JoinKind;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The join of a window: its accumulator holds the rows of both inputs, and its results are the pairs. The left input is 0, the
 * right one 1.
 */
final class JoinAggregate implements Aggregate<Object, RowSet, Object>, MultiResult<RowSet>, KeepsRows {
    private static final long serialVersionUID = 1;

    private static final byte[] GROUP = {0};

    /** Of one key and window; all of them are told in one commit. */
    static final int PAIRS_MAX = 200_000;

    /** Why rows are in no result of a join that does not keep them. */
    static final String UNMATCHED_LEFT = "UNMATCHED_LEFT";

    static final String UNMATCHED_RIGHT = "UNMATCHED_RIGHT";

    private final JoinKind kind;
    private final Aggregate.Joiner<@Nullable Object, @Nullable Object, Object> joiner;
    private final Codec<Object> leftCodec;
    private final Codec<Object> rightCodec;
    private final int rowsMax;

    @SuppressWarnings("NullAway") // it does not see in class files which type arguments may be null
    JoinAggregate(Operator.Joined join) {
        kind = join.kind();
        joiner = join.joiner();
        leftCodec = required(join.leftCodec());
        rightCodec = required(join.rightCodec());
        rowsMax = join.rowsMax();
    }

    private static Codec<Object> required(@Nullable Codec<Object> codec) {
        if (codec == null) {
            throw new IllegalArgumentException("a join that does not know how its elements are encoded");
        }
        return codec;
    }

    // ---- the accumulator ----

    @Override
    public RowSet create() {
        return new RowSet(rowsMax);
    }

    /** @param value a {@link RowChange} or a {@link io.tidemill.api.plan.Row} */
    @Override
    public RowSet add(RowSet accumulator, Object value) {
        RowChange change = RowChange.of(value);
        accumulator.add(KeptRow.of(change, change.row().input() == 0 ? leftCodec : rightCodec));
        return accumulator;
    }

    @Override
    public RowSet merge(RowSet left, RowSet right) {
        left.merge(right);
        return left;
    }

    /** A join has any number of results. */
    @Override
    public Object result(RowSet accumulator) {
        if (accumulator.isLost()) {
            throw accumulator.tooMany();
        }
        return accumulator.live().size() + " rows";
    }

    @Override
    public void write(RowSet accumulator, ByteSink sink) {
        accumulator.write(sink);
    }

    @Override
    public RowSet read(ByteSource source) {
        return RowSet.read(source, rowsMax);
    }

    /** Without the kind and the joiner: the rows that were kept serve any. */
    @Override
    public String format() {
        return "join(" + leftCodec.format() + ", " + rightCodec.format() + ")";
    }

    @Override
    public void decode(RowSet accumulator) throws Exception {
        for (KeptRow row : accumulator.live()) {
            Codec<Object> codec = row.input() == 0 ? leftCodec : rightCodec;
            codec.decode(row.bytes(), 0, row.bytes().length);
        }
    }

    // ---- the results ----

    @Override
    public void changes(@Nullable RowSet former, RowSet now, OperatorCounts counts, ResultConsumer to) {
        List<KeptRow> after = now.live();
        Throwable excess = excess(now, after);
        List<KeptRow> before = former == null ? List.of() : former.live();
        if (former != null && excess(former, before) != null) {
            before = List.of();
        }
        if (excess != null) {
            after = List.of();
        }
        JoinSide left;
        JoinSide right;
        try {
            left = JoinSide.of(before, after, 0, leftCodec);
            right = JoinSide.of(before, after, 1, rightCodec);
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            to.failed(e);
            return;
        }
        new Telling(left, right, counts, to).tell();
        if (excess != null) {
            to.failed(excess);
        }
    }

    /** Why no pairs can be told. */
    private @Nullable Throwable excess(RowSet rows, List<KeptRow> live) {
        if (rows.isLost()) {
            return rows.tooMany();
        }
        long left = live.stream().filter(row -> row.input() == 0).count();
        long right = live.size() - left;
        return left * right <= PAIRS_MAX || kind == JoinKind.COGROUP
                ? null
                : new IllegalStateException(left + " rows of the left side and " + right + " of the right have one key"
                        + " in one window: at most " + PAIRS_MAX
                        + " pairs are told. Take smaller windows, or a key that tells more of them apart");
    }

    /** What two rows, or one and none, are joined to. */
    private Object join(@Nullable Object left, @Nullable Object right) throws Exception {
        Object joined = joiner.join(left, right);
        if (joined == null) {
            throw new RecordFailure(FailureClass.CODE, RecordFailure.NULL_RESULT, "the joiner returned null");
        }
        return joined;
    }

    /** One way through the pairs of two sides. */
    private final class Telling {
        private final JoinSide left;
        private final JoinSide right;
        private final OperatorCounts counts;
        private final ResultConsumer to;

        Telling(JoinSide left, JoinSide right, OperatorCounts counts, ResultConsumer to) {
            this.left = left;
            this.right = right;
            this.counts = counts;
            this.to = to;
        }

        void tell() {
            counts.in += left.grown() + right.grown();
            if (kind == JoinKind.COGROUP) {
                tellGroup();
            } else {
                tellPairs();
            }
        }

        private void tellGroup() {
            if (!left.isSame() || !right.isSame()) {
                boolean wasThere = left.countBefore + right.countBefore > 0;
                boolean isThere = left.countAfter + right.countAfter > 0;
                change(
                        GROUP,
                        wasThere ? () -> join(left.valuesBefore(), right.valuesBefore()) : null,
                        isThere ? () -> join(left.valuesAfter(), right.valuesAfter()) : null,
                        Stream.concat(left.places.stream(), right.places.stream()));
            }
        }

        private void tellPairs() {
            for (JoinSide.Place l : left.places) {
                for (JoinSide.Place r : right.places) {
                    if (!l.isSame() || !r.isSame()) {
                        change(l, r, l.before() && r.before(), l.after() && r.after());
                    }
                }
            }
            tellUnmatched(left, right, kind.keepsLeft(), UNMATCHED_LEFT);
            tellUnmatched(right, left, kind.keepsRight(), UNMATCHED_RIGHT);
        }

        /** Where the other side has no row, all of this one's are without a partner. */
        private void tellUnmatched(JoinSide side, JoinSide other, boolean keeps, String reason) {
            boolean before = other.countBefore == 0;
            boolean after = other.countAfter == 0;
            if (!keeps) {
                counts.drop(reason, (after ? side.countAfter : 0) - (before ? side.countBefore : 0));
                return;
            }
            for (JoinSide.Place place : side.places) {
                if (!place.isSame() || before != after) {
                    JoinSide.Place l = side == left ? place : null;
                    JoinSide.Place r = side == left ? null : place;
                    change(l, r, before && place.before(), after && place.after());
                }
            }
        }

        private void change(JoinSide.@Nullable Place l, JoinSide.@Nullable Place r, boolean wasThere, boolean isThere) {
            if (wasThere || isThere) {
                change(
                        id(l, r),
                        wasThere ? () -> join(valueBefore(l), valueBefore(r)) : null,
                        isThere ? () -> join(valueAfter(l), valueAfter(r)) : null,
                        Stream.of(Optional.ofNullable(l), Optional.ofNullable(r))
                                .flatMap(Optional::stream));
            }
        }

        /**
         * @param was null where there was no result
         * @param is null where there is none any more
         * @param of what the result is made of
         */
        private void change(byte[] id, @Nullable Made was, @Nullable Made is, Stream<JoinSide.Place> of) {
            Object former = was == null ? null : former(was);
            Object value = null;
            if (is != null) {
                try {
                    value = is.make();
                } catch (Throwable e) {
                    ErrorText.rethrowIfFatal(e);
                    to.failed(id, payload(of), e);
                }
            }
            if (value == null) {
                if (former != null) {
                    to.removed(id, former);
                }
            } else if (former == null) {
                to.added(id, value);
            } else {
                to.replaced(id, former, value);
            }
        }

        /** Null where the joiner has failed, so that there was no result. */
        private static @Nullable Object former(Made was) {
            try {
                return was.make();
            } catch (Throwable e) {
                ErrorText.rethrowIfFatal(e);
                return null;
            }
        }

        /** The rows, as an accumulator has them. */
        private byte[] payload(Stream<JoinSide.Place> of) {
            RowSet rows = create();
            of.filter(JoinSide.Place::after).forEach(place -> rows.add(place.row()));
            ByteSink sink = new ByteSink();
            rows.write(sink);
            return sink.toByteArray();
        }
    }

    /** What the joiner makes, when it is asked. */
    private interface Made {
        Object make() throws Exception;
    }

    private static @Nullable Object valueBefore(JoinSide.@Nullable Place place) {
        return place == null ? null : place.valueBefore();
    }

    private static @Nullable Object valueAfter(JoinSide.@Nullable Place place) {
        return place == null ? null : place.valueAfter();
    }

    /** The origins of both, each after its length and one; zero for none. */
    private static byte[] id(JoinSide.@Nullable Place l, JoinSide.@Nullable Place r) {
        ByteSink sink = new ByteSink(64);
        writeOrigin(l, sink);
        writeOrigin(r, sink);
        return sink.toByteArray();
    }

    private static void writeOrigin(JoinSide.@Nullable Place place, ByteSink sink) {
        if (place == null) {
            sink.writeVarint(0);
        } else {
            sink.writeVarint(place.row().origin().length + 1);
            sink.write(place.row().origin());
        }
    }
}
