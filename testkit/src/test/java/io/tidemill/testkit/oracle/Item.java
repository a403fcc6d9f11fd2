package io.tidemill.testkit.oracle;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import java.nio.charset.StandardCharsets;

/** What flows through a random graph; when it happened, the engine and the oracle know for themselves. */
record Item(String key, long value) {
    static final Codec<Item> CODEC = new Text();

    private static final class Text implements Codec<Item> {
        private static final long serialVersionUID = 1;

        @Override
        public Item decode(byte[] bytes, int offset, int length) {
            String[] parts = new String(bytes, offset, length, StandardCharsets.UTF_8).split(",", -1);
            return new Item(parts[0], Long.parseLong(parts[1]));
        }

        @Override
        public void encode(Item item, ByteSink sink) {
            sink.write(item.toString().getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String format() {
            return "item";
        }
    }

    @Override
    public String toString() {
        return key + "," + value;
    }
}
