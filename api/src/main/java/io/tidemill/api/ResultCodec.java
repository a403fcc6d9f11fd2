package io.tidemill.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Results as operators keep them that stand behind an aggregate: key, window, revision, pane, value. */
record ResultCodec<K, V>(Codec<K> keys, Codec<V> values) implements Codec<Result<K, V>> {
    /** By the byte that stands for each. */
    private static final List<Pane> PANES = List.of(Pane.EARLY, Pane.FINAL, Pane.UPDATE, Pane.CORRECTION);

    @Override
    public Result<K, V> decode(byte[] bytes, int offset, int length) throws Exception {
        ByteSource source = new ByteSource(bytes, offset, length);
        byte[] key = source.readSized();
        Window window = source.readByte() == 0 ? null : new Window(source.readLong(), source.readLong());
        int revision = source.readVarint() - 1;
        Pane pane = PANES.get(source.readByte());
        byte[] value = source.readBytes(source.remaining());
        return new Result<>(
                keys.decode(key, 0, key.length), window, values.decode(value, 0, value.length), revision, pane);
    }

    @Override
    public void encode(Result<K, V> result, ByteSink sink) {
        ByteSink key = new ByteSink();
        keys.encode(result.key(), key);
        sink.writeVarint(key.size());
        sink.write(key.array(), 0, key.size());
        @Nullable Window window = result.window();
        sink.write(window == null ? 0 : 1);
        if (window != null) {
            sink.writeLong(window.startMillis());
            sink.writeLong(window.endMillis());
        }
        sink.writeVarint(result.revision() + 1);
        sink.write(PANES.indexOf(result.pane()));
        values.encode(result.value(), sink);
    }

    @Override
    public String format() {
        return "results of " + keys.format() + " with " + values.format();
    }
}
