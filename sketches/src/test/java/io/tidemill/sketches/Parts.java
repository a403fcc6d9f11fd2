package io.tidemill.sketches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Folds values as an engine may: in parts, in any order, written and read on the way. */
final class Parts {
    private Parts() {}

    /** In shuffled order, in random parts, merged in a random tree, each written and read again. */
    static <T, A, R> R fold(Aggregate<T, A, R> aggregate, List<T> values, Random random) throws Exception {
        return aggregate.result(accumulator(aggregate, values, random));
    }

    /** The bytes of the same. */
    static <T, A> byte[] bytes(Aggregate<T, A, ?> aggregate, List<T> values, Random random) throws Exception {
        return written(aggregate, accumulator(aggregate, values, random));
    }

    static <T, A, R> R inOrder(Aggregate<T, A, R> aggregate, List<T> values) throws Exception {
        A accumulator = aggregate.create();
        for (T value : values) {
            accumulator = aggregate.add(accumulator, value);
        }
        return aggregate.result(accumulator);
    }

    private static <T, A> A accumulator(Aggregate<T, A, ?> aggregate, List<T> values, Random random) throws Exception {
        List<T> shuffled = new ArrayList<>(values);
        Collections.shuffle(shuffled, random);
        List<A> parts = new ArrayList<>(List.of(aggregate.create()));
        int partSize = 1 + random.nextInt(Math.max(2, values.size()));
        for (T value : shuffled) {
            if (random.nextInt(partSize) == 0) {
                parts.add(aggregate.create());
            }
            int last = parts.size() - 1;
            parts.set(last, aggregate.add(parts.get(last), value));
        }
        while (parts.size() > 1) {
            A right = parts.remove(random.nextInt(parts.size()));
            int at = random.nextInt(parts.size());
            A left = random.nextInt(8) == 0 ? copy(aggregate, parts.get(at)) : parts.get(at);
            parts.set(at, aggregate.merge(left, right));
        }
        return copy(aggregate, parts.get(0));
    }

    private static <A> A copy(Aggregate<?, A, ?> aggregate, A accumulator) {
        ByteSource source = new ByteSource(written(aggregate, accumulator));
        A copy = aggregate.read(source);
        assertThat(source.remaining()).isZero();
        return copy;
    }

    static <A> byte[] written(Aggregate<?, A, ?> aggregate, A accumulator) {
        ByteSink sink = new ByteSink();
        aggregate.write(accumulator, sink);
        return sink.toByteArray();
    }

    static <A, R> R read(Aggregate<?, A, R> aggregate, String hex) throws Exception {
        return aggregate.result(aggregate.read(source(hex)));
    }

    /** Read and written. */
    static <A> byte[] again(Aggregate<?, A, ?> aggregate, byte[] bytes) {
        return written(aggregate, aggregate.read(new ByteSource(bytes)));
    }

    /** Merged with the same once more. */
    static <A> byte[] twice(Aggregate<?, A, ?> aggregate, byte[] bytes) {
        A left = aggregate.read(new ByteSource(bytes));
        return written(aggregate, aggregate.merge(left, aggregate.read(new ByteSource(bytes))));
    }

    static void refuses(Aggregate<?, ?, ?> aggregate, String hex, String why) {
        assertThatThrownBy(() -> aggregate.read(source(hex)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(why);
    }

    /** What is not refused can be written and asked. */
    static void readsOrRefuses(Aggregate<?, ?, ?> aggregate, byte[] bytes) throws Exception {
        try {
            aggregate.read(new ByteSource(bytes));
        } catch (IllegalStateException refused) {
            assertThat(refused).hasMessageMatching("(?s).+");
            return;
        }
        use(aggregate, bytes);
    }

    private static <A> void use(Aggregate<?, A, ?> aggregate, byte[] bytes) {
        A accumulator = aggregate.read(new ByteSource(bytes));
        written(aggregate, aggregate.merge(accumulator, aggregate.read(new ByteSource(bytes))));
    }

    private static ByteSource source(String hex) {
        return new ByteSource(HexFormat.of().parseHex(hex.replace(" ", "")));
    }
}
