package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.process.ProcessOptions;
import java.nio.charset.StandardCharsets;
import java.util.Collections;

/** Plans of operators whose keys and elements are texts. */
final class Plans {
    /** Of any object as text. */
    static final Codec<Object> TEXT = new Codec<>() {
        @Override
        public Object decode(byte[] bytes, int offset, int length) {
            return new String(bytes, offset, length, StandardCharsets.UTF_8);
        }

        @Override
        public void encode(Object value, ByteSink sink) {
            sink.writeUtf8(value.toString());
        }

        @Override
        public String format() {
            return "text";
        }
    };

    private Plans() {}

    static ProcessPlan of(String name, RowOperator operator, int inputs, ProcessOptions options) {
        return new ProcessPlan(
                "p",
                name,
                operator,
                TEXT,
                Collections.nCopies(inputs, new ProcessPlan.Input(TEXT)),
                options,
                true,
                row -> new DeadLetter.Origin("in", 0, 0, row.timeMillis()));
    }
}
