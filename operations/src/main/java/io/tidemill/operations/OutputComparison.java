package io.tidemill.operations;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Elements.Element;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the output of a pipeline that does not aggregate: how often every value was written under every key. Where
 * several partitions are read, the order of their outputs is not defined, so it is not compared.
 */
final class OutputComparison implements Comparison {
    private final Parts parts;
    private final Pairs<Count> counts;
    private final ResultLimit limit;
    private final ByteSink valueSink = new ByteSink();
    private final ByteSink identitySink = new ByteSink();

    /** How often one value should be under one key, and how often it is. */
    private static final class Count implements Pairs.Held {
        long expected;
        long actual;

        @Override
        public long bytes() {
            return 0;
        }
    }

    OutputComparison(Parts parts, Committed committed, Deque<Slice> slices, Pairs.Limits limits) {
        this.parts = parts;
        this.counts = new Pairs<>(slices, limits);
        this.limit = ResultLimit.of(committed.resultsConfig());
    }

    @Override
    public void rehearse(List<Element> elements, RecordCursor record) {
        for (Element element : elements) {
            byte[] key = keyOf(element, record);
            if (!limit.holds(key == null ? 0 : key.length, encode(element).length)) {
                throw new IllegalArgumentException("a result larger than its topic takes");
            }
        }
    }

    private byte @Nullable [] keyOf(Element element, RecordCursor record) {
        return element.key() == null ? record.key() : element.key();
    }

    private byte[] encode(Element element) {
        valueSink.reset();
        parts.to().codec().encode(element.value(), valueSink);
        return valueSink.toByteArray();
    }

    @Override
    public void expect(Element element, @Nullable Window window, boolean late, RecordCursor record) {
        Count count = counts.get(identity(keyOf(element, record), encode(element)), Count::new);
        if (count != null) {
            count.expected++;
        }
    }

    @Override
    public void find(RecordCursor result, boolean recent) {
        byte[] value = result.value();
        Count count = counts.get(identity(result.key(), value == null ? new byte[0] : value), Count::new);
        if (count != null && !(recent && count.actual >= count.expected)) {
            count.actual++;
        }
    }

    private byte[] identity(byte @Nullable [] key, byte[] value) {
        identitySink.reset();
        identitySink.write(key == null ? 0 : 1);
        identitySink.writeSized(key == null ? new byte[0] : key);
        identitySink.write(value);
        return identitySink.toByteArray();
    }

    @Override
    public void conclude(Recount recount, Tally tally) {
        counts.forEach((identity, count) -> {
            tally.results += count.expected;
            if (count.expected != count.actual) {
                tally.mismatch(Math.abs(count.expected - count.actual), mismatch(identity, count));
            }
        });
    }

    private Mismatch mismatch(byte[] identity, Count count) {
        ByteSource source = new ByteSource(identity);
        boolean hasKey = source.readByte() != 0;
        byte[] key = source.readSized();
        byte[] value = Arrays.copyOfRange(identity, identity.length - source.remaining(), identity.length);
        Operator.KeyBy keyBy = parts.keyBy();
        Codec<Object> codec = keyBy == null ? null : keyBy.codec();
        return new Mismatch(
                !hasKey ? "no key" : codec == null ? Printable.bytes(key) : Printable.key(key, codec),
                null,
                count.expected + " × " + Printable.bytes(value),
                count.actual + " × " + Printable.bytes(value),
                count.actual < count.expected ? "output is missing" : "output that no record of the source makes");
    }
}
