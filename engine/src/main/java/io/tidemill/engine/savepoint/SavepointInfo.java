package io.tidemill.engine.savepoint;

import java.util.List;

/**
 * What a savepoint says of itself.
 *
 * @param file its name
 * @param bytes the length of the file
 */
public record SavepointInfo(String file, long bytes, SavepointHeader header, List<SavepointSection> sections) {
    /** The operators that have state in it. */
    public List<SavepointSection> operators() {
        return sections.stream()
                .filter(section -> section.kind() == SavepointSection.Kind.OPERATOR)
                .toList();
    }

    /** The entries of all sections. */
    public long entries() {
        return sections.stream().mapToLong(SavepointSection::entries).sum();
    }
}
