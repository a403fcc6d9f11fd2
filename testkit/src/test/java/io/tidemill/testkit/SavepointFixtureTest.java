package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Sliding;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.log.disk.DiskFile;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A file that an earlier version wrote is restored. {@code -Dtidemill.fixture=FILE} writes one with this version. */
final class SavepointFixtureTest {
    private static final long SEED = 5;
    private static final String FILE = "version-1.savepoint";

    private static Pipeline pipeline() {
        return SavepointRig.pipeline(
                "fixture",
                Duration.ofMillis(50),
                Sliding.of(Duration.ofMillis(100), Duration.ofMillis(50)),
                UnaryOperator.identity(),
                Aggregate.all(Map.of("n", Aggregate.count(), "mean", Aggregate.average(SavepointRig.Event::number))),
                results -> results.as("totals"));
    }

    @Test
    void versionOneIsRestored() throws Exception {
        List<List<String>> events = SavepointRig.events(SEED, 300);
        try (SavepointRig rig = new SavepointRig(SEED)) {
            String target = System.getProperty("tidemill.fixture");
            if (target != null) {
                write(rig, events, Path.of(target));
                return;
            }
            rig.append(events, 0, 0.6);
            try (InputStream in = Objects.requireNonNull(
                            SavepointFixtureTest.class.getResourceAsStream("/savepoints/" + FILE));
                    DiskFile file = rig.fileDisk.create(FILE)) {
                file.write(ByteBuffer.wrap(in.readAllBytes()), 0);
            }
            SavepointInfo info = rig.savepoints.inspect(FILE);
            assertThat(info.header().version()).isEqualTo(1);
            assertThat(info.operators()).singleElement().satisfies(operator -> {
                assertThat(operator.name()).isEqualTo("totals");
                assertThat(operator.kinds().keySet()).contains('k', 's', 'w');
            });
            rig.savepoints.restore(
                    FILE, rig.log, pipeline(), RestoreOptions.keepAll().sameRecords(true));
            rig.append(events, 0.6, 1);
            Ledger ledger = rig.finish(pipeline(), 2);
            assertThat(ledger.imbalances()).isEmpty();
            TreeMap<String, String> expected = whole(events);
            assertThat(rig.results()).isNotEmpty();
            // What had closed before the savepoint, and was not corrected since, is where that was taken.
            rig.results().forEach((key, value) -> assertThat(value).as(key).isEqualTo(expected.get(key)));
            assertThat(ledger.total().read())
                    .isEqualTo(events.stream().mapToInt(List::size).sum());
        }
    }

    private static TreeMap<String, String> whole(List<List<String>> events) {
        try (SavepointRig rig = new SavepointRig(SEED)) {
            rig.append(events, 0, 1);
            rig.finish(pipeline(), 1);
            return rig.results();
        }
    }

    private static void write(SavepointRig rig, List<List<String>> events, Path target) throws Exception {
        rig.append(events, 0, 0.3);
        rig.run(pipeline(), 1, 3);
        rig.correct(pipeline(), 1);
        rig.append(events, 0.3, 0.6);
        rig.run(pipeline(), 1);
        SavepointInfo info = rig.savepoints.create(rig.log, pipeline());
        try (DiskFile file = rig.fileDisk.open(info.file())) {
            ByteBuffer bytes = ByteBuffer.allocate((int) info.bytes());
            file.read(bytes, 0);
            Files.write(target, bytes.array());
        }
    }
}
