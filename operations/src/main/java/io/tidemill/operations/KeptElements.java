package io.tidemill.operations;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.plan.Operator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How large what an operator keeps of its elements is. */
final class KeptElements implements Aggregate<Object, Object, Object> {
    private static final long serialVersionUID = 1;

    private final transient List<? extends @Nullable Codec<Object>> codecs;

    private KeptElements(List<? extends @Nullable Codec<Object>> codecs) {
        this.codecs = codecs;
    }

    static Aggregate<Object, Object, Object> of(Operator operator) {
        List<@Nullable Codec<Object>> codecs = new ArrayList<>();
        if (operator instanceof Operator.Joined join) {
            codecs.add(join.leftCodec());
            codecs.add(join.rightCodec());
        }
        for (Operator.Kept kept : operator.kept()) {
            codecs.add(kept.codec());
        }
        return new KeptElements(codecs);
    }

    @Override
    public Object create() {
        return new ByteSink();
    }

    /** By the first codec that knows the element: by which input it comes is not asked. */
    @Override
    public Object add(Object accumulator, Object value) {
        ByteSink sink = (ByteSink) accumulator;
        for (Codec<Object> codec : codecs) {
            if (codec != null) {
                try {
                    codec.encode(value, sink);
                    return sink;
                } catch (RuntimeException e) {
                    // It is of the other input.
                }
            }
        }
        return sink;
    }

    @Override
    public Object merge(Object left, Object right) {
        ((ByteSink) left).write(((ByteSink) right).toByteArray());
        return left;
    }

    @Override
    public Object result(Object accumulator) {
        return accumulator;
    }

    @Override
    public void write(Object accumulator, ByteSink sink) {
        sink.write(((ByteSink) accumulator).toByteArray());
    }

    @Override
    public Object read(ByteSource source) {
        ByteSink sink = new ByteSink();
        sink.write(source.readBytes(source.remaining()));
        return sink;
    }
}
