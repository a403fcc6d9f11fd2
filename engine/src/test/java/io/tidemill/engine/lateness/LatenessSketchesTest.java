package io.tidemill.engine.lateness;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatenessSketchesTest {
    private static void add(LatenessSketch sketch, int count) {
        for (int i = 0; i < count; i++) {
            sketch.add(i % 10, -1);
        }
    }

    @Test
    void oneIsWrittenWhenItHasGrownByATwentieth() {
        LatenessSketches sketches = new LatenessSketches();
        assertThat(sketches.of(1).count()).isZero();
        assertThat(sketches.due(true)).isEmpty();
        assertThat(sketches.oldestPlace()).isEqualTo(Long.MAX_VALUE);
        add(sketches.of(1), 100);
        assertThat(sketches.due(false)).containsExactly(1);
        sketches.wrote(1, 7, 50);
        assertThat(sketches.due(false)).isEmpty();
        add(sketches.of(1), 5);
        assertThat(sketches.due(false)).isEmpty();
        add(sketches.of(1), 1);
        assertThat(sketches.due(false)).containsExactly(1);
        assertThat(sketches.bytes()).isEqualTo(50);
        assertThat(sketches.all()).containsOnlyKeys(1);
    }

    @Test
    void aMillionElementsAreWrittenSeldom() {
        LatenessSketches sketches = new LatenessSketches();
        int writes = 0;
        for (int i = 0; i < 1_000_000; i++) {
            sketches.of(0).add(0, -1);
            if (!sketches.due(false).isEmpty()) {
                sketches.wrote(0, i, 1);
                writes++;
            }
        }
        assertThat(writes).isLessThan(300);
    }

    @Test
    void whenTheLogIsTooLongTheOldestIsWrittenAgain() {
        LatenessSketches sketches = new LatenessSketches();
        for (int i = 0; i < 40; i++) {
            LatenessSketch sketch = new LatenessSketch(LatenessSketch.DIGITS_LIVE);
            add(sketch, 100);
            sketches.restore(i, sketch, 1_000 - i, 10);
        }
        assertThat(sketches.due(false)).isEmpty();
        assertThat(sketches.due(true)).containsExactly(39);
        sketches.wrote(39, 2_000, 10);
        assertThat(sketches.oldestPlace()).isEqualTo(962);
        for (int i = 0; i < 40; i++) {
            add(sketches.of(i), 100);
        }
        assertThat(sketches.due(false)).hasSize(16);
        assertThat(sketches.due(true)).hasSize(17).contains(38);
    }
}
