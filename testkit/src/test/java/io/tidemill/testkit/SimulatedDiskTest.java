package io.tidemill.testkit;

import static io.tidemill.testkit.DiskTesting.bytes;
import static io.tidemill.testkit.DiskTesting.read;
import static io.tidemill.testkit.DiskTesting.sectors;
import static io.tidemill.testkit.DiskTesting.text;
import static io.tidemill.testkit.DiskTesting.write;
import static io.tidemill.testkit.DiskTesting.writeDurably;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import io.tidemill.log.disk.DiskFullException;
import io.tidemill.log.disk.LocalDisk;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the simulated disk does besides crashing, which {@link SimulatedCrashTest} is about. */
final class SimulatedDiskTest {
    private final SimulatedDisk disk = new SimulatedDisk(7);

    @Test
    void behavesLikeALocalDirectory(@TempDir Path directory) throws Exception {
        Seeds.run(seed -> {
            Disk local = new LocalDisk(directory);
            SplittableRandom random = Seeds.random(seed, "local");
            local.createDirectories("a");
            disk.createDirectories("a");
            for (int i = 0; i < 2000; i++) {
                String path = (random.nextBoolean() ? "a/" : "") + random.nextInt(4);
                String other = (random.nextBoolean() ? "a/" : "") + random.nextInt(4);
                long step = random.nextLong();
                assertThat(step(disk, path, other, new SplittableRandom(step)))
                        .isEqualTo(step(local, path, other, new SplittableRandom(step)));
            }
        });
    }

    private static String step(Disk disk, String path, String other, SplittableRandom random) throws IOException {
        int kind = random.nextInt(8);
        if (kind == 0) {
            disk.create(path).close();
        } else if (kind == 1) {
            disk.delete(path);
        } else if (kind == 2 && disk.exists(path) && !path.equals(other)) {
            disk.rename(path, other);
        } else if (kind == 3) {
            disk.syncDirectory("a");
        } else if (disk.exists(path)) {
            try (DiskFile file = disk.open(path)) {
                return step(file, random) + List.of(disk.list(""), disk.list("a"), disk.list("b"));
            }
        }
        return String.valueOf(List.of(disk.list(""), disk.list("a"), disk.exists(path), disk.exists("a")));
    }

    private static String step(DiskFile file, SplittableRandom random) throws IOException {
        int kind = random.nextInt(6);
        if (kind == 0) {
            file.truncate(random.nextInt(12_000));
        } else if (kind == 1) {
            file.force();
        } else if (kind < 5) {
            byte[] content = new byte[1 + random.nextInt(5000)];
            random.nextBytes(content);
            ByteBuffer source = ByteBuffer.wrap(content);
            file.write(source, random.nextInt(10_000));
            assertThat(source.hasRemaining()).isFalse();
        }
        ByteBuffer target = ByteBuffer.allocate(1 + random.nextInt(20_000));
        int count = file.read(target, random.nextInt(12_000));
        assertThat(target.position()).isEqualTo(count);
        return file.size() + " " + count + " " + target.flip().hashCode();
    }

    @Test
    void refusesWhatALocalDirectoryRefuses() throws IOException {
        disk.createDirectories("a/b");
        assertThat(disk.exists("a")).isTrue();
        assertThatThrownBy(() -> disk.open("x")).isInstanceOf(FileNotFoundException.class);
        assertThatThrownBy(() -> disk.open("a")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> disk.create("x/y")).isInstanceOf(FileNotFoundException.class);
        assertThatThrownBy(() -> disk.rename("x", "y")).isInstanceOf(FileNotFoundException.class);
        assertThatThrownBy(() -> disk.syncDirectory("x")).isInstanceOf(FileNotFoundException.class);
        disk.delete("x");
        assertThat(disk.list("x")).isEmpty();
        assertThat(disk.locate("a/x")).contains("a/x");
        DiskFile file = write(disk, "a/x", bytes("x"));
        assertThat(disk.openFiles()).containsExactly("a/x");
        file.close();
        assertThat(disk.openFiles()).isEmpty();
        assertThatThrownBy(file::size).isInstanceOf(IOException.class).hasMessageContaining("a/x");
    }

    @Test
    void filesStayUsableWithoutTheirName() throws IOException {
        DiskFile deleted = write(disk, "x", bytes("x"));
        disk.delete("x");
        disk.syncDirectory("");
        deleted.write(ByteBuffer.wrap(bytes("yz")), 0);
        deleted.force();
        assertThat(deleted.size()).isEqualTo(2);
        DiskFile renamed = write(disk, "from", bytes("1"));
        disk.rename("from", "to");
        renamed.write(ByteBuffer.wrap(bytes("2")), 1);
        assertThat(text(disk, "to")).isEqualTo("12");
    }

    @Test
    void locksOnce() throws Exception {
        AutoCloseable lock = disk.lock("lock", "the first");
        assertThatThrownBy(() -> disk.lock("lock", "the second"))
                .isInstanceOf(Disk.LockedException.class)
                .hasMessage("the first");
        lock.close();
        disk.lock("lock", "3rd");
        lock.close();
        assertThatThrownBy(() -> disk.lock("lock", "the fourth"))
                .isInstanceOf(Disk.LockedException.class)
                .hasMessage("3rd");
        disk.copy().lock("lock", "another machine");
        disk.crash();
        disk.lock("lock", "after the crash");
    }

    @Test
    void fillsUp() throws IOException {
        DiskFile file = write(disk, "x", bytes("0123456789"));
        disk.fullAfter(5);
        file.write(ByteBuffer.wrap(bytes("ab")), 10);
        ByteBuffer tooMuch = ByteBuffer.wrap(bytes("cdefgh"));
        assertThatThrownBy(() -> file.write(tooMuch, 12))
                .isInstanceOf(DiskFullException.class)
                .hasMessageContaining("x");
        assertThat(tooMuch.position()).isEqualTo(3);
        assertThat(text(disk, "x")).isEqualTo("0123456789abcde");
        assertThatThrownBy(() -> disk.create("y")).isInstanceOf(DiskFullException.class);
        assertThatThrownBy(() -> file.write(ByteBuffer.wrap(bytes("!")), 100)).isInstanceOf(DiskFullException.class);
        assertThat(file.size()).isEqualTo(15);
        file.write(ByteBuffer.wrap(bytes("overwriting")), 0);
        file.truncate(14);
        file.write(ByteBuffer.wrap(bytes("!")), 14);
        disk.freeSpace();
        file.write(ByteBuffer.wrap(bytes("more")), 15);
        assertThat(text(disk, "x")).isEqualTo("overwritingbcd!more");
        disk.fullAfter(0);
        disk.delete("x");
        disk.create("y");
    }

    @Test
    void flipsBits() throws IOException {
        writeDurably(disk, "x", bytes("abc"));
        disk.flipBit("x", 1, 0);
        assertThat(text(disk, "x")).isEqualTo("acc");
        disk.crash();
        assertThat(text(disk, "x")).isEqualTo("acc");
        assertThatThrownBy(() -> disk.flipBit("x", 3, 0)).isInstanceOf(IllegalArgumentException.class);
        for (int i = 0; i < 100; i++) {
            byte[] before = read(disk, "x");
            SimulatedDisk.Flip flip = disk.flipRandomBit();
            before[(int) flip.position()] ^= (byte) (1 << flip.bit());
            assertThat(flip.path()).isEqualTo("x");
            assertThat(read(disk, "x")).isEqualTo(before);
        }
    }

    @Test
    void failsToForce() throws IOException {
        boolean[] seenLost = new boolean[2];
        boolean[] seenRead = new boolean[2];
        for (int seed = 0; seed < 100; seed++) {
            SimulatedDisk failing = new SimulatedDisk(seed);
            DiskFile file = writeDurably(failing, "x", sectors("ab"));
            failing.failForceAt(2);
            file.force();
            file.write(ByteBuffer.wrap(sectors("A")), 0);
            assertThatThrownBy(file::force).isInstanceOf(IOException.class).hasMessageContaining("x");
            file.write(ByteBuffer.wrap(sectors("B")), 512);
            String read = sectors(failing, "x");
            file.force();
            failing.crash();
            String left = sectors(failing, "x");
            assertThat(left).isIn("aB", "AB");
            assertThat(read).isIn(left, "AB");
            seenLost[left.equals("aB") ? 1 : 0] = true;
            seenRead[read.equals(left) ? 0 : 1] = true;
        }
        assertThat(seenLost).containsOnly(true);
        assertThat(seenRead).containsOnly(true);
    }

    @Test
    void failsAtAnyOperation() throws IOException {
        Set<String> lefts = new TreeSet<>();
        for (int seed = 0; seed < 100; seed++) {
            SimulatedDisk failing = new SimulatedDisk(seed);
            writeDurably(failing, "x", bytes("x"));
            failing.failAt(2);
            failing.rename("x", "y");
            assertThatThrownBy(() -> failing.rename("y", "z"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Rename");
            lefts.add(String.join("", failing.list("")));
            failing.create("x");
        }
        assertThat(lefts).containsExactly("y", "z");
    }

    @Test
    void takesVirtualTime() throws IOException {
        VirtualClock clock = new VirtualClock(Instant.EPOCH);
        disk.slow(clock, Duration.ofMillis(1), Duration.ofMillis(10));
        writeDurably(disk, "x", bytes("x"));
        assertThat(clock.instant()).isEqualTo(Instant.ofEpochMilli(22));
    }

    @Test
    void copiesAreIndependentAndCheap() throws IOException {
        DiskFile file = writeDurably(disk, "x", new byte[8 << 20]);
        byte[] ones = new byte[8 << 20];
        Arrays.fill(ones, (byte) 1);
        file.write(ByteBuffer.wrap(ones), 0);
        file.force();
        List<SimulatedDisk> copies = new ArrayList<>();
        for (int i = 0; i < 2000; i++) { // 16 GB if they did not share
            SimulatedDisk copy = disk.copy(i);
            try (DiskFile its = copy.open("x")) {
                its.write(ByteBuffer.wrap(bytes("copy " + i)), i);
                its.force();
            }
            copies.add(copy);
            file.write(ByteBuffer.wrap(bytes("original " + i)), 4 << 20);
            file.force();
        }
        for (int i = 0; i < 2000; i += 100) {
            copies.get(i).crash();
            byte[] expected = ones.clone();
            System.arraycopy(bytes("copy " + i), 0, expected, i, bytes("copy " + i).length);
            if (i > 0) {
                byte[] original = bytes("original " + (i - 1));
                System.arraycopy(original, 0, expected, 4 << 20, original.length);
            }
            assertThat(read(copies.get(i), "x")).isEqualTo(expected);
        }
    }

    @Test
    void copiesKeepWhatIsPending() throws IOException {
        write(disk, "x", sectors("abcd"));
        assertThat(sectors(disk.copy(), "x")).isEqualTo("abcd");
        SimulatedDisk one = disk.copy();
        SimulatedDisk two = disk.copy();
        one.crash();
        two.crash();
        assertThat(sectors(one, "x")).isEqualTo(sectors(two, "x"));
    }
}
