package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.DeadLetter;
import io.tidemill.api.Header;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Window;
import io.tidemill.engine.Ledger;
import io.tidemill.log.TopicPartition;
import io.tidemill.testkit.Expectation.Failure;
import io.tidemill.testkit.Expectation.Fate;
import io.tidemill.testkit.StreamCase.Item;
import io.tidemill.testkit.StreamCase.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Compares what a run has made, which has ended, with what was to be expected. */
final class Verification {
    private static final String BEYOND = "BEYOND_CORRECTION";

    private final EngineRig rig;
    private final StreamCase of;
    private final boolean allCorrectable;
    private final Expectation expected;

    /** Places of records; see {@link Expectation#place}. */
    private final Map<String, String> late = new TreeMap<>();

    /** Those of late records are not among them. */
    private final Map<String, String> dead = new TreeMap<>();

    /** Late records that were dead letters in the end. */
    private final Set<String> lost = new HashSet<>();

    /** @param allCorrectable whether no window is forgotten */
    Verification(EngineRig rig, boolean allCorrectable) {
        this.rig = rig;
        this.of = rig.of;
        this.allCorrectable = allCorrectable;
        if (of.shape() == Shape.WINDOWED) {
            readLate();
        }
        expected = new Expectation(of, readDead());
    }

    private void readLate() {
        TopicRecords.forEach(rig.log(), StreamCase.NAME + ".late", record -> {
            LateRecord letter = LateRecord.of(record.key(), record.value(), record.headers());
            checkOriginal(letter.origin(), letter.key(), letter.payload(), letter.headers());
            String before = late.put(place(letter.origin()), letter.missed().toString());
            assertThat(before).as("late twice: " + letter.origin()).isNull();
        });
    }

    /** Returns the records that came on time for a window that was forgotten. */
    private Set<String> readDead() {
        Set<String> givenUp = new HashSet<>();
        TopicRecords.forEach(rig.log(), StreamCase.NAME + ".dead", record -> {
            DeadLetter letter = DeadLetter.of(record.key(), record.value(), record.headers());
            checkOriginal(letter.origin(), letter.key(), letter.payload(), letter.headers());
            String place = place(letter.origin());
            boolean beyond = letter.reason().equals(BEYOND);
            if (beyond && late.containsKey(place)) {
                assertThat(lost.add(place)).as("lost twice: " + place).isTrue();
                return;
            }
            if (beyond) {
                givenUp.add(place);
            }
            Failure failure = new Failure(letter.operator(), letter.failureClass(), letter.reason());
            assertThat(dead.put(place, failure.toString()))
                    .as("dead twice: " + place)
                    .isNull();
        });
        if (allCorrectable) {
            assertThat(givenUp).isEmpty();
            assertThat(lost).isEmpty();
        }
        return givenUp;
    }

    private static String place(DeadLetter.Origin origin) {
        return Expectation.place(origin.partition(), origin.offset());
    }

    private void checkOriginal(
            DeadLetter.Origin origin, byte @Nullable [] key, byte @Nullable [] payload, List<Header> headers) {
        Item item = of.partitions().get(origin.partition()).get((int) origin.offset());
        assertThat(origin.topic()).isEqualTo(StreamCase.SOURCE);
        assertThat(origin.timestampMillis()).isEqualTo(item.timestamp());
        assertThat(key).isEqualTo(item.key());
        assertThat(payload).isEqualTo(item.value());
        assertThat(text(headers)).isEqualTo(text(item.headers()));
    }

    private static List<String> text(List<Header> headers) {
        List<String> all = new ArrayList<>();
        headers.forEach(header -> all.add(header.name() + Arrays.toString(header.value())));
        return all;
    }

    void check() {
        checkFates();
        checkLedger();
        switch (of.shape()) {
            case PLAIN ->
                assertThat(rig.resultCount)
                        .isEqualTo(expected.plain.stream().mapToLong(List::size).sum());
            case RUNNING -> {
                compare("results", rig.results, expected.onTimeResults());
                checkRunning();
            }
            case WINDOWED -> {
                if (!rig.corrected) {
                    compare("results", rig.results, expected.onTimeResults());
                }
                if (rig.finalsAreWhole()) {
                    compare("final results", rig.finals, expected.onTimeResults());
                }
                checkCorrection();
            }
        }
    }

    /** Tells the first differences only: there may be thousands. */
    private static <K> void compare(String what, Map<K, String> found, Map<K, String> wanted) {
        List<String> differences = new ArrayList<>();
        Set<K> keys = new LinkedHashSet<>(wanted.keySet());
        keys.addAll(found.keySet());
        for (K key : keys) {
            if (!Objects.equals(found.get(key), wanted.get(key)) && differences.size() < 10) {
                differences.add(key + " is " + found.get(key) + ", not " + wanted.get(key));
            }
        }
        assertThat(differences).as(what).isEmpty();
    }

    private void checkFates() {
        Map<String, String> lateWanted = new TreeMap<>();
        Map<String, String> deadWanted = new TreeMap<>();
        for (int partition = 0; partition < expected.fates.size(); partition++) {
            List<Fate> fates = expected.fates.get(partition);
            for (int i = 0; i < fates.size(); i++) {
                Fate fate = fates.get(i);
                if (fate.failure() != null) {
                    deadWanted.put(
                            Expectation.place(partition, i), fate.failure().toString());
                } else if (!fate.missed().isEmpty()) {
                    lateWanted.put(
                            Expectation.place(partition, i), fate.missed().toString());
                }
            }
        }
        compare("late records", late, lateWanted);
        compare("dead letters", dead, deadWanted);
    }

    /** Every element has its result, and each counts one more. */
    private void checkRunning() {
        expected.onTime.forEach((id, samples) ->
                assertThat(rig.history.get(id)).as("results of " + id).hasSameSizeAs(samples));
        if (of.answer() == Answer.COUNT) {
            rig.history.forEach((id, counts) -> {
                for (int i = 0; i < counts.size(); i++) {
                    assertThat(counts.get(i)).isEqualTo(String.valueOf(i + 1));
                }
            });
        }
    }

    private void checkLedger() {
        Ledger ledger = rig.stepper().ledger();
        assertThat(ledger.imbalances()).isEmpty();
        for (int i = 0; i < expected.fates.size(); i++) {
            assertThat(ledger.sources().get(new TopicPartition(StreamCase.SOURCE, i)))
                    .as("partition " + i)
                    .isEqualTo(records(expected.fates.get(i)));
        }
        for (int i = 0; i < expected.operators.length; i++) {
            Ledger.Elements counted = ledger.operators().get(i + 1);
            assertThat(counted.operator()).isEqualTo("op" + i);
            assertThat(counted.in()).as("into op" + i).isEqualTo(expected.operators[i][0]);
            assertThat(counted.out()).as("out of op" + i).isEqualTo(expected.operators[i][1]);
        }
        assertThat(ledger.results()).isEqualTo(rig.resultCount);
        assertThat(ledger.failedResults()).isZero();
        if (expected.isOfSessions()) {
            assertThat(ledger.windows()).isEmpty();
        } else if (of.shape() == Shape.WINDOWED && allCorrectable) {
            checkWindows(ledger);
        }
    }

    private static Ledger.Records records(List<Fate> fates) {
        return new Ledger.Records(
                fates.size(),
                fates.stream().filter(Fate::isOnTime).count(),
                fates.stream().filter(fate -> !fate.missed().isEmpty()).count(),
                fates.stream().filter(Fate::isFiltered).count(),
                fates.stream().filter(fate -> fate.failure() != null).count(),
                fates.stream().mapToLong(Fate::onTimeElements).sum(),
                fates.stream().mapToLong(Fate::lateElements).sum());
    }

    private void checkWindows(Ledger ledger) {
        Map<Window, String> wanted = new TreeMap<>();
        expected.windows().forEach((window, counts) -> wanted.put(window, Arrays.toString(counts)));
        Map<Window, String> found = new TreeMap<>();
        ledger.windows()
                .forEach((window, counts) ->
                        found.put(window, Arrays.toString(new long[] {counts.onTime(), counts.late()})));
        compare("windows", found, wanted);
    }

    private void checkCorrection() {
        rig.correct();
        readDeadAfterCorrection();
        compare("corrected results", rig.results, expected.allResults(lost));
        long emitted = rig.resultCount;
        rig.correct();
        rig.end();
        assertThat(rig.resultCount).as("results once nothing new came").isEqualTo(emitted);
        Ledger ledger = rig.stepper().ledger();
        assertThat(ledger.imbalances()).isEmpty();
        assertThat(ledger.uncorrectable()).isEqualTo(lost.size());
        assertThat(ledger.corrected()).isEqualTo(late.size() - lost.size());
        assertThat(ledger.deferred()).isZero();
        if (allCorrectable) {
            ledger.windows()
                    .values()
                    .forEach(counts -> assertThat(counts.corrected()).isEqualTo(counts.late()));
        }
    }

    private void readDeadAfterCorrection() {
        dead.clear();
        lost.clear();
        readDead();
    }
}
