package io.tidemill.api.plan;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;

/** One byte that says whether there is a value, then the value. */
public record TableRowCodec(Codec<Object> values) implements Codec<TableRow> {
    @Override
    public TableRow decode(byte[] bytes, int offset, int length) throws Exception {
        if (length < 1) {
            throw new IllegalArgumentException("a table's row has at least one byte");
        }
        return new TableRow(bytes[offset] == 0 ? null : values.decode(bytes, offset + 1, length - 1));
    }

    @Override
    public void encode(TableRow row, ByteSink sink) {
        Object value = row.value();
        sink.write(value == null ? 0 : 1);
        if (value != null) {
            values.encode(value, sink);
        }
    }

    @Override
    public String format() {
        return "row of " + values.format();
    }
}
