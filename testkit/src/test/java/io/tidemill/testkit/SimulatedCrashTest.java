package io.tidemill.testkit;

import static io.tidemill.testkit.DiskTesting.bytes;
import static io.tidemill.testkit.DiskTesting.combinations;
import static io.tidemill.testkit.DiskTesting.outcomes;
import static io.tidemill.testkit.DiskTesting.sectors;
import static io.tidemill.testkit.DiskTesting.text;
import static io.tidemill.testkit.DiskTesting.unchecked;
import static io.tidemill.testkit.DiskTesting.write;
import static io.tidemill.testkit.DiskTesting.writeDurably;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a crash of the simulated disk may leave, must leave, and never leaves. */
final class SimulatedCrashTest {
    @Test
    void whatWasForcedStays() throws IOException {
        assertThat(outcomes(disk -> writeDurably(disk, "x", sectors("abc")), disk -> sectors(disk, "x")))
                .containsExactly("abc");
    }

    @Test
    void anySectorsOfAWriteSurvive() throws IOException {
        assertThat(outcomes(
                        disk -> writeDurably(disk, "x", sectors("abcd")).write(ByteBuffer.wrap(sectors("ABCD")), 0),
                        disk -> sectors(disk, "x")))
                .containsExactlyInAnyOrderElementsOf(
                        combinations(4, i -> List.of("aA", "bB", "cC", "dD").get(i)));
    }

    @Test
    void writesAreReordered() throws IOException {
        assertThat(outcomes(
                        disk -> {
                            DiskFile file = writeDurably(disk, "x", sectors("ab"));
                            file.write(ByteBuffer.wrap(sectors("A")), 0);
                            file.write(ByteBuffer.wrap(sectors("B")), 512);
                        },
                        disk -> sectors(disk, "x")))
                .containsExactlyInAnyOrder("ab", "Ab", "aB", "AB");
    }

    @Test
    void sectorsAreAtomicAndNeverSkipAnEarlierWrite() throws IOException {
        assertThat(outcomes(
                        disk -> {
                            DiskFile file = writeDurably(disk, "x", bytes("....."));
                            file.write(ByteBuffer.wrap(bytes("12")), 0);
                            file.write(ByteBuffer.wrap(bytes("34")), 2);
                            file.write(ByteBuffer.wrap(bytes("5")), 0);
                        },
                        disk -> text(disk, "x")))
                .containsExactlyInAnyOrder(".....", "12...", "1234.", "5234.");
    }

    @Test
    void lengthsAndDataSurviveIndependently() throws IOException {
        Set<String> outcomes = outcomes(
                disk -> {
                    DiskFile file = writeDurably(disk, "x", sectors("a"));
                    file.write(ByteBuffer.wrap(sectors("b")), 512);
                    file.write(ByteBuffer.wrap(sectors("c")), 1024);
                },
                disk -> sectors(disk, "x"));
        assertThat(outcomes).containsExactlyInAnyOrder("a", "ab", "a0", "abc", "a0c", "ab0", "a00");
    }

    @Test
    void aLargeWriteGrowsTheFilePageByPage() throws IOException {
        assertThat(outcomes(
                        disk -> writeDurably(disk, "x", new byte[100]).write(ByteBuffer.allocate(10_000), 100),
                        disk -> {
                            try (DiskFile file = disk.open("x")) {
                                return file.size();
                            }
                        }))
                .containsExactlyInAnyOrder(100L, 4096L, 8192L, 10_100L);
    }

    @Test
    void aTruncateHappensOrNot() throws IOException {
        assertThat(outcomes(disk -> writeDurably(disk, "x", bytes("abcdef")).truncate(2), disk -> text(disk, "x")))
                .containsExactlyInAnyOrder("abcdef", "ab");
    }

    @Test
    void whatIsWrittenAfterATruncateNeedsTheTruncate() throws IOException {
        assertThat(outcomes(
                        disk -> {
                            DiskFile file = writeDurably(disk, "x", sectors("abc"));
                            file.truncate(512);
                            file.write(ByteBuffer.wrap(sectors("B")), 512);
                            file.write(ByteBuffer.wrap(sectors("A")), 0);
                        },
                        disk -> sectors(disk, "x")))
                .containsExactlyInAnyOrder("abc", "Abc", "a", "A", "a0", "A0", "aB", "AB");
    }

    @Test
    void aNewFileNeedsItsDirectorySynced() throws IOException {
        assertThat(outcomes(disk -> write(disk, "x", bytes("x")).force(), DiskTesting::names))
                .containsExactlyInAnyOrder("", "x");
        assertThat(outcomes(
                        disk -> {
                            write(disk, "x", bytes("x"));
                            disk.syncDirectory("");
                        },
                        DiskTesting::names))
                .containsExactly("x");
    }

    @Test
    void namesChangeInAnyOrder() throws IOException {
        assertThat(outcomes(
                        disk -> {
                            writeDurably(disk, "a", bytes("a"));
                            disk.create("b");
                            disk.create("c");
                            disk.delete("a");
                        },
                        DiskTesting::names))
                .containsExactlyInAnyOrder("", "a", "b", "c", "ab", "ac", "bc", "abc");
    }

    @Test
    void changesOfTheSameNameKeepTheirOrder() throws IOException {
        assertThat(outcomes(
                        disk -> {
                            writeDurably(disk, "x", bytes("old"));
                            disk.delete("x");
                            write(disk, "x", bytes("new")).force();
                        },
                        disk -> disk.exists("x") ? text(disk, "x") : "absent"))
                .containsExactlyInAnyOrder("old", "absent", "new");
    }

    @Test
    void aRenameIsAtomic() throws IOException {
        assertThat(outcomes(
                        disk -> {
                            writeDurably(disk, "target", bytes("old"));
                            writeDurably(disk, "temporary", bytes("new"));
                            disk.rename("temporary", "target");
                        },
                        disk -> text(disk, "target") + disk.exists("temporary")))
                .containsExactlyInAnyOrder("oldtrue", "newfalse");
    }

    @Test
    void aRenameDoesNotForceTheContent() throws IOException {
        assertThat(outcomes(
                        disk -> {
                            writeDurably(disk, "target", bytes("old"));
                            write(disk, "temporary", bytes("new"));
                            disk.rename("temporary", "target");
                            disk.syncDirectory("");
                        },
                        disk -> text(disk, "target").replace('\0', '0')))
                .containsExactlyInAnyOrder("", "000", "new");
    }

    @Test
    void aDirectoryIsANameToo() throws IOException {
        DiskTesting.Action action = disk -> {
            disk.createDirectories("d/e");
            writeDurably(disk, "d/e/x", bytes("x"));
            disk.syncDirectory("d");
        };
        DiskTesting.Look<String> look = disk -> disk.exists("d") + " " + disk.exists("d/e") + " " + disk.list("d/e");
        assertThat(outcomes(action, look)).containsExactlyInAnyOrder("false false []", "true true [x]");
        assertThat(outcomes(
                        disk -> {
                            action.run(disk);
                            disk.syncDirectory("");
                        },
                        look))
                .containsExactly("true true [x]");
    }

    @Test
    void aRenameAcrossDirectoriesIsDurableWithEither() throws IOException {
        for (String synced : List.of("", "d")) {
            assertThat(outcomes(
                            disk -> {
                                disk.createDirectories("d");
                                disk.syncDirectory("");
                                disk.create("x");
                                disk.rename("x", "d/y");
                                disk.syncDirectory(synced);
                            },
                            disk -> disk.list("") + " " + disk.list("d")))
                    .containsExactly("[] [y]");
        }
    }

    @Test
    void whatWasOpenIsDead() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        DiskFile file = writeDurably(disk, "x", bytes("x"));
        disk.crash();
        assertThatThrownBy(file::size).isInstanceOf(IOException.class);
        assertThatThrownBy(file::force).isInstanceOf(IOException.class);
        file.close();
        assertThat(text(disk, "x")).isEqualTo("x");
    }

    @Test
    void goesDownAtAnyOperation() throws IOException {
        SimulatedDisk whole = new SimulatedDisk(1);
        workload(whole);
        assertThat(whole.operations()).isEqualTo(11);
        for (long at = 1; at <= 11; at++) {
            SimulatedDisk disk = new SimulatedDisk(at);
            disk.crashAt(at);
            assertThatThrownBy(() -> workload(disk))
                    .isInstanceOf(SimulatedCrash.class)
                    .hasMessageContaining("operation " + at);
            assertThat(disk.operations()).isEqualTo(at);
            assertThatThrownBy(() -> disk.list("")).isInstanceOf(SimulatedCrash.class);
            assertThatThrownBy(() -> workload(disk)).isInstanceOf(SimulatedCrash.class);
            disk.crash();
            workload(disk);
        }
    }

    private static void workload(SimulatedDisk disk) throws IOException {
        disk.createDirectories("d");
        disk.delete("d/y");
        DiskFile file = write(disk, "d/x", sectors("abc"));
        file.force();
        file.truncate(512);
        file.write(ByteBuffer.wrap(sectors("d")), 512);
        file.force();
        disk.rename("d/x", "d/y");
        disk.syncDirectory("d");
        file.close();
        file = disk.create("d/x");
        file.close();
        disk.delete("d/x");
    }

    @Test
    void theSeedDecidesEverything() throws IOException {
        List<String> lefts = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            StringBuilder left = new StringBuilder();
            for (int at = 1; at <= 11; at++) {
                SimulatedDisk disk = new SimulatedDisk(99);
                disk.crashAt(at);
                assertThatThrownBy(() -> workload(disk)).isInstanceOf(SimulatedCrash.class);
                disk.crash();
                for (String name : disk.list("d")) {
                    left.append(at).append(name).append(sectors(disk, "d/" + name));
                }
            }
            lefts.add(left.toString());
        }
        assertThat(lefts.get(0)).isEqualTo(lefts.get(1)).isNotEmpty();
    }

    @Test
    void theOperationInFlightHappensInPart() throws IOException {
        Set<String> lefts = new TreeSet<>();
        for (int seed = 0; seed < 2000; seed++) {
            SimulatedDisk disk = new SimulatedDisk(seed);
            DiskFile file = write(disk, "x", bytes("...."));
            disk.crashAt(1);
            assertThatThrownBy(() -> file.write(ByteBuffer.wrap(bytes("1234")), 0))
                    .isInstanceOf(SimulatedCrash.class);
            disk.processCrash();
            lefts.add(text(disk, "x"));
        }
        assertThat(lefts).containsExactlyInAnyOrder("....", "1...", "12..", "123.", "1234");
    }

    @Test
    void aCrashOfTheProcessLosesNothingThatWasDone() throws Exception {
        SimulatedDisk disk = new SimulatedDisk(1);
        DiskFile file = write(disk, "x", bytes("x"));
        disk.lock("lock", "me");
        disk.processCrash();
        assertThat(text(disk, "x")).isEqualTo("x");
        assertThatThrownBy(file::size).isInstanceOf(IOException.class);
        disk.lock("lock", "me again");
    }

    @Test
    void everyOperationCanBeWatchedAndInterrupted() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        List<String> seen = new ArrayList<>();
        disk.watch(operation -> {
            assertThat(operation.number()).isEqualTo(seen.size() + 1);
            seen.add(operation.toString());
            for (int seed = 0; seed < 10; seed++) {
                SimulatedDisk copy = operation.interrupt(seed);
                if (seed % 2 == 0) {
                    copy.crash();
                } else {
                    copy.processCrash();
                }
                unchecked(copy, SimulatedCrashTest::workload);
            }
        });
        workload(disk);
        assertThat(seen).hasSize(11);
        assertThat(seen.get(2)).isEqualTo("operation 3, write of 1536 bytes at 0 of d/x");
        assertThat(sectors(disk, "d/y")).isEqualTo("ad");
        disk.watch(null);
        workload(disk);
        assertThat(seen).hasSize(11);
    }
}
