package io.tidemill.engine.savepoint;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A part of a savepoint.
 *
 * @param name of the operator; empty for the others
 * @param operatorKind such as {@code aggregate}; empty for the others
 * @param properties what its entries depend on and how it was set, in words; the keys are those that docs/savepoint-format.md
 *     lists
 * @param entries their number
 * @param bytes of the entries' keys and values
 * @param kinds how many entries of each kind
 */
public record SavepointSection(
        Kind kind,
        String name,
        String operatorKind,
        Map<String, String> properties,
        long entries,
        long bytes,
        SortedMap<Character, Long> kinds) {
    /** What a section is about. */
    public enum Kind {
        /** The cursor, and what was seen of the source. */
        PIPELINE(1),
        /** The state of one operator. */
        OPERATOR(2),
        /** Late records that no correction has read. */
        LATE(3);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        static Kind of(int code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IllegalStateException("a section of the unknown kind " + code);
        }
    }

    /** One that is about to be written. */
    public static SavepointSection of(Kind kind, String name, String operatorKind, Map<String, String> properties) {
        return new SavepointSection(kind, name, operatorKind, properties, 0, 0, new TreeMap<>());
    }

    SavepointSection counted(long itsEntries, long itsBytes, SortedMap<Character, Long> itsKinds) {
        return new SavepointSection(kind, name, operatorKind, properties, itsEntries, itsBytes, itsKinds);
    }

    void writeBeginning(ByteSink sink) {
        sink.write(kind.code);
        sink.writeText(name);
        sink.writeText(operatorKind);
        writeProperties(properties, sink);
    }

    void writeEnd(ByteSink sink) {
        sink.writeVarlong(entries);
        sink.writeVarlong(bytes);
        sink.writeVarint(kinds.size());
        kinds.forEach((kind, count) -> {
            sink.write(kind);
            sink.writeVarlong(count);
        });
    }

    static SavepointSection readBeginning(ByteSource source) {
        return of(
                Kind.of(source.readByte()),
                source.readText(),
                source.readText(),
                SavepointFormat.readProperties(source));
    }

    SavepointSection readEnd(ByteSource source) {
        return counted(source.readVarlong(), source.readVarlong(), SavepointFormat.readKinds(source));
    }

    static void writeProperties(Map<String, String> properties, ByteSink sink) {
        sink.writeVarint(properties.size());
        properties.forEach((key, value) -> {
            sink.writeText(key);
            sink.writeText(value);
        });
    }
}
