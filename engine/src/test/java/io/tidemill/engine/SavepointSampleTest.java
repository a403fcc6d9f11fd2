package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.engine.savepoint.SavepointFormat;
import io.tidemill.engine.savepoint.SavepointHeader;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.engine.savepoint.SavepointSection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class SavepointSampleTest {
    private static final char OPEN = (char) StateFormat.ACCUMULATOR;
    private static final char CLOSED = (char) SavepointFormat.CLOSED;

    private static SavepointSection section(String name, Map<Character, Long> kinds) {
        long entries = kinds.values().stream().mapToLong(count -> count).sum();
        return new SavepointSection(
                SavepointSection.Kind.OPERATOR, name, "aggregate", Map.of(), entries, 0, new TreeMap<>(kinds));
    }

    private static SavepointInfo savepoint(SavepointSection... sections) {
        SavepointHeader header =
                new SavepointHeader(2, new UUID(0, 0), Instant.EPOCH, "p", "1", "", Map.of(), List.of());
        return new SavepointInfo("p.savepoint", 0, header, List.of(sections));
    }

    /** Which of its entries of the kind are taken, by their place. */
    private static List<Long> taken(SavepointSample sample, SavepointSection section, char kind) {
        List<Long> taken = new ArrayList<>();
        for (long i = 0; i < section.kinds().getOrDefault(kind, 0L); i++) {
            if (sample.takes(section.name(), (byte) kind)) {
                taken.add(i);
            }
        }
        return taken;
    }

    @Test
    void whatThereIsLittleOfIsTakenWhole() {
        SavepointSection big = section("big", Map.of(OPEN, 26_667L, CLOSED, 3L));
        SavepointSection small = section("small", Map.of(OPEN, 1L));
        SavepointSection dropped = section("dropped", Map.of(OPEN, 1L));
        SavepointSample sample =
                SavepointSample.ofKinds(savepoint(big, small, dropped), Set.of("big", "small"), 1_000, 100);
        assertThat(taken(sample, small, OPEN)).containsExactly(0L);
        assertThat(taken(sample, big, CLOSED)).containsExactly(0L, 1L, 2L);
        assertThat(taken(sample, dropped, OPEN)).isEmpty();
        List<Long> ofBig = taken(sample, big, OPEN);
        assertThat(ofBig).hasSize(996).startsWith(0L);
        for (int i = 1; i < ofBig.size(); i++) {
            assertThat(ofBig.get(i) - ofBig.get(i - 1)).isBetween(26L, 27L);
        }
    }

    @Test
    void eachKindHasItsLeast() {
        SavepointSection[] sections = new SavepointSection[20];
        Set<String> names = new HashSet<>();
        for (int i = 0; i < sections.length; i++) {
            sections[i] = section("op" + i, Map.of(OPEN, 5_000L));
            names.add("op" + i);
        }
        SavepointSample sample = SavepointSample.ofKinds(savepoint(sections), names, 1_000, 100);
        for (SavepointSection section : sections) {
            assertThat(taken(sample, section, OPEN)).hasSize(100);
        }
    }

    @Test
    void operatorsShareWhatMayBeShown() {
        SavepointSection big = section("big", Map.of(OPEN, 900L, CLOSED, 100L));
        SavepointSection middle = section("middle", Map.of(OPEN, 50L));
        SavepointSection small = section("small", Map.of(OPEN, 1L));
        Set<String> names = Set.of("big", "middle", "small");
        SavepointSample ten = SavepointSample.ofOperators(savepoint(big, middle, small), names, 10);
        assertThat(taken(ten, small, OPEN)).hasSize(1);
        assertThat(taken(ten, middle, OPEN)).hasSize(5);
        assertThat(taken(ten, big, OPEN).size() + taken(ten, big, CLOSED).size())
                .isEqualTo(4);
        SavepointSample two = SavepointSample.ofOperators(savepoint(big, middle, small), names, 2);
        assertThat(taken(two, small, OPEN)).hasSize(1);
        assertThat(taken(two, middle, OPEN)).hasSize(1);
        assertThat(taken(two, big, OPEN)).isEmpty();
    }
}
