package io.tidemill.json;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.json.DupDetector;
import com.fasterxml.jackson.databind.JsonMappingException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the components of a record from an object. Thread-safe. */
final class RecordFields {
    /*
     * Fields mostly come in one order, so the next name is guessed and compared with the bytes of the input, which is
     * faster than to read it and look it up. The guess is what followed the last known field in an earlier record; at
     * first, the next component. It is shared by all threads without synchronization: a stale guess costs time only.
     */
    private static final int UNKNOWN = -1;

    private final Class<?> type;
    private final SerializableString[] names;
    private final Class<?>[] types;
    private final Scalar[] scalars;
    private final Map<String, Integer> indexes = new HashMap<>();

    /** The primitive components, a bit each. */
    private final long required;

    /** For each component, and at [0] for the start: the one that is expected after it. */
    private final int[] guesses;

    RecordFields(RecordShape shape) {
        type = shape.constructor().getDeclaringClass();
        List<RecordShape.Component> components = shape.components();
        int count = components.size();
        names = new SerializableString[count];
        types = new Class<?>[count];
        scalars = new Scalar[count];
        guesses = new int[count + 1];
        long primitives = 0;
        for (int i = 0; i < count; i++) {
            RecordShape.Component component = components.get(i);
            names[i] = new SerializedString(component.name());
            types[i] = component.type();
            scalars[i] = component.scalar();
            indexes.put(component.name(), i);
            guesses[i] = i;
            primitives |= component.type().isPrimitive() ? 1L << i : 0;
        }
        required = primitives;
        guesses[count] = count - 1; // never right after itself, so the name is read: most likely there is none
    }

    Class<?> type() {
        return type;
    }

    /** The components' values. The parser is before the object, and then at its end. */
    @Nullable
    Object[] read(JsonParser parser) throws IOException {
        Mismatch.requireValue(type, parser);
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw Mismatch.expected("an object", type, parser);
        }
        @Nullable Object[] values = new @Nullable Object[scalars.length];
        DupDetector unknown = null;
        long seen = 0;
        int last = 0;
        while (true) {
            int index = guesses[last];
            if (!parser.nextFieldName(names[index])) {
                if (parser.currentToken() != JsonToken.FIELD_NAME) {
                    break;
                }
                index = indexes.getOrDefault(parser.currentName(), UNKNOWN);
                if (index == UNKNOWN) {
                    unknown = unknown == null ? DupDetector.rootDetector(parser) : unknown;
                    refuseSecond(unknown, parser);
                    parser.nextToken();
                    skip(parser);
                    continue;
                }
                guesses[last] = index;
            }
            long bit = 1L << index;
            if ((seen & bit) != 0) {
                throw duplicate(parser);
            }
            seen |= bit;
            last = index + 1;
            values[index] = value(index, parser);
        }
        if ((required & ~seen) != 0) {
            int missing = Long.numberOfTrailingZeros(required & ~seen);
            throw at(missing, Mismatch.nullPrimitive(types[missing], parser));
        }
        return values;
    }

    private @Nullable Object value(int index, JsonParser parser) throws IOException {
        JsonToken token = parser.nextToken();
        try {
            if (token != JsonToken.VALUE_NULL) {
                return scalars[index].read(parser);
            }
            if ((required & 1L << index) != 0) {
                throw Mismatch.nullPrimitive(types[index], parser);
            }
            return null;
        } catch (IOException | RuntimeException e) {
            throw at(index, e);
        }
    }

    private JsonMappingException at(int index, Exception error) {
        return JsonMappingException.wrapWithPath(error, type, names[index].getValue());
    }

    /** Skips the parser's current value, looking for duplicate fields. The parser sees to it that it is not too deep. */
    private static void skip(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            DupDetector names = DupDetector.rootDetector(parser);
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                refuseSecond(names, parser);
                parser.nextToken();
                skip(parser);
            }
        } else if (parser.currentToken() == JsonToken.START_ARRAY) {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                skip(parser);
            }
        }
    }

    private static void refuseSecond(DupDetector names, JsonParser parser) throws IOException {
        if (names.isDup(parser.currentName())) {
            throw duplicate(parser);
        }
    }

    private static JsonParseException duplicate(JsonParser parser) throws IOException {
        return new JsonParseException(parser, "Duplicate field '" + parser.currentName() + "'");
    }
}
