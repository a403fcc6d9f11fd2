package io.tidemill.testkit;

import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Short words for what tests do with disks. */
final class DiskTesting {
    private DiskTesting() {}

    /** Something done to a disk. */
    interface Action {
        void run(SimulatedDisk disk) throws IOException;
    }

    /** Something read from a disk. */
    interface Look<T> {
        T at(SimulatedDisk disk) throws IOException;
    }

    /** Everything that {@code look} finds after {@code action} and a crash, with many seeds. */
    static <T extends Comparable<T>> Set<T> outcomes(Action action, Look<T> look) throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        action.run(disk);
        Set<T> outcomes = new TreeSet<>();
        for (long seed = 0; seed < 1000; seed++) {
            SimulatedDisk copy = disk.copy(seed);
            copy.crash();
            outcomes.add(look.at(copy));
        }
        return outcomes;
    }

    static DiskFile write(Disk disk, String path, byte[] content) throws IOException {
        DiskFile file = disk.create(path);
        file.write(ByteBuffer.wrap(content), 0);
        return file;
    }

    /** Writes what survives a crash. */
    static DiskFile writeDurably(Disk disk, String path, byte[] content) throws IOException {
        DiskFile file = write(disk, path, content);
        file.force();
        disk.syncDirectory(Names.parent(path));
        return file;
    }

    static byte[] read(Disk disk, String path) throws IOException {
        try (DiskFile file = disk.open(path)) {
            ByteBuffer target = ByteBuffer.allocate((int) file.size() + 10);
            int count = file.read(target, 0);
            return Arrays.copyOf(target.array(), count);
        }
    }

    /** The first byte of every sector of a file, as a string; "absent" if there is none of that name. */
    static String sectors(Disk disk, String path) throws IOException {
        if (!disk.exists(path)) {
            return "absent";
        }
        byte[] content = read(disk, path);
        StringBuilder firsts = new StringBuilder();
        for (int at = 0; at < content.length; at += Content.SECTOR_BYTES) {
            byte first = content[at];
            for (int i = at; i < Math.min(content.length, at + Content.SECTOR_BYTES); i++) {
                if (content[i] != first) {
                    throw new AssertionError("sector at " + at + " of " + path + " is torn");
                }
            }
            firsts.append(first == 0 ? '0' : (char) first);
        }
        return firsts.toString();
    }

    /** Sectors that are filled with one character each. */
    static byte[] sectors(String firsts) {
        byte[] content = new byte[firsts.length() * Content.SECTOR_BYTES];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) firsts.charAt(i / Content.SECTOR_BYTES);
        }
        return content;
    }

    /** The names in the root, one after the other. */
    static String names(SimulatedDisk disk) throws IOException {
        return String.join("", disk.list(""));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(Disk disk, String path) throws IOException {
        return new String(read(disk, path), StandardCharsets.UTF_8);
    }

    /** All strings of {@code length} characters, each of which is one of those that {@code choices} gives for its place. */
    static List<String> combinations(int length, Function<Integer, String> choices) {
        List<String> all = List.of("");
        for (int place = 0; place < length; place++) {
            List<String> longer = new ArrayList<>();
            for (String start : all) {
                for (char choice : choices.apply(place).toCharArray()) {
                    longer.add(start + choice);
                }
            }
            all = longer;
        }
        return all;
    }

    static void unchecked(SimulatedDisk disk, Action action) {
        try {
            action.run(disk);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
