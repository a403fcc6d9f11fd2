package io.tidemill.json;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads records that look like one that Jackson has read before.
 *
 * <p>A program writes its records alike: the same names in the same order, with the same white space or none. So what is between
 * the values of a record that was found right is kept ({@link Layout}) and compared with that of the next; only the values
 * are looked at, and only the plainest: numbers without exponent, ASCII texts without escapes. All else is left to Jackson's
 * parser, errors above all. What is read here, Jackson would have read as the same. Thread-safe.
 */
final class FamiliarLayouts<T> {
    private static final int LAYOUTS_MAX = 3;

    /** So that no text and no number is longer than Jackson would take. */
    private static final int RECORD_BYTES_MAX = 1 << 20;

    /** After as many records that were not familiar as are a power of two, or a multiple of this, one is looked at. */
    private static final int LEARNING_INTERVAL = 1_024;

    private final Map<String, Integer> components = new HashMap<>();

    /** Of each component, and at the end that of fields that are skipped. */
    private final PlainKind[] kinds;

    private final MethodHandle constructor;

    /** The newest first. */
    private volatile Layout[] layouts = {};

    /** Shared by all threads without synchronization: a lost one does no harm. */
    private int unfamiliar;

    private FamiliarLayouts(RecordShape shape, PlainKind[] kinds) {
        this.kinds = kinds;
        this.constructor = PlainConstructor.of(shape.constructor());
        for (int i = 0; i < kinds.length - 1; i++) {
            components.put(shape.components().get(i).name(), i);
        }
    }

    /** Null if a component has a type that is always left to Jackson. */
    static <T> @Nullable FamiliarLayouts<T> of(RecordShape shape) {
        List<RecordShape.Component> components = shape.components();
        PlainKind[] kinds = new PlainKind[components.size() + 1];
        for (int i = 0; i < components.size(); i++) {
            PlainKind kind = PlainKind.of(components.get(i).type());
            if (kind == null) {
                return null;
            }
            kinds[i] = kind;
        }
        kinds[components.size()] = PlainKind.SKIPPED;
        return new FamiliarLayouts<>(shape, kinds);
    }

    /** Null if the record is not familiar, or there is anything wrong with it. */
    @Nullable
    T read(byte[] bytes, int offset, int length) {
        Layout[] known = layouts;
        if (known.length == 0 || length > RECORD_BYTES_MAX) {
            return null;
        }
        PlainValues values = Idle.ofThread().values();
        for (Layout layout : known) {
            if (values.read(layout, kinds, bytes, offset, offset + length)) {
                return construct(values);
            }
        }
        return null;
    }

    @SuppressWarnings("unchecked") // the constructor is that of T
    private @Nullable T construct(PlainValues values) {
        try {
            return (T) (Object) constructor.invokeExact(values);
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            return null; // it is called again, and what it throws then is reported
        }
    }

    /** Takes note of a record that was not familiar, and has been found right. */
    void notice(byte[] bytes, int offset, int length) throws IOException {
        int count = ++unfamiliar;
        if (length > ReusedParser.RECORD_BYTES_MAX || ((count & count - 1) != 0 && count % LEARNING_INTERVAL != 0)) {
            return;
        }
        byte[] record = Arrays.copyOfRange(bytes, offset, offset + length);
        Layout layout = Layout.of(record, components);
        PlainValues values = Idle.ofThread().values();
        if (layout != null && values.read(layout, kinds, record, 0, length)) {
            add(layout);
        }
    }

    private synchronized void add(Layout layout) {
        Layout[] old = layouts;
        Layout[] wider = new Layout[Math.min(LAYOUTS_MAX, old.length + 1)];
        wider[0] = layout;
        System.arraycopy(old, 0, wider, 1, wider.length - 1);
        layouts = wider;
    }
}
