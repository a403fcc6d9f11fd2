package io.tidemill.testkit;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The names of files and directories: as they are on the disk, as they are seen, and the changes between the two. */
final class Names {
    /*
     * After a crash, half the time a prefix of each directory's pending changes is there, as with journaling file systems,
     * and half the time any subset in which changes of the same name keep their order, which POSIX and some copy-on-write
     * file systems allow. A rename is one change. What lies in a directory that did not survive is gone with it.
     */
    static final String ROOT = "";

    /** What a directory's name stands for. */
    static final long DIRECTORY = 0;

    private TreeMap<String, Long> durable = new TreeMap<>();
    private TreeMap<String, Long> seen = new TreeMap<>();
    private List<NameChange> pending = new ArrayList<>();

    Names() {
        durable.put(ROOT, DIRECTORY);
        seen.put(ROOT, DIRECTORY);
    }

    Names fork() {
        Names fork = new Names();
        fork.durable = new TreeMap<>(durable);
        fork.seen = new TreeMap<>(seen);
        fork.pending = new ArrayList<>(pending);
        return fork;
    }

    static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    /** The number of the file, {@link #DIRECTORY}, or null. */
    @Nullable
    Long get(String path) {
        return seen.get(path);
    }

    /** The numbers of all files by path, sorted; no directories. */
    Map<String, Long> files() {
        Map<String, Long> files = new TreeMap<>(seen);
        files.values().removeIf(number -> number == DIRECTORY);
        return files;
    }

    /** The numbers of all files that have a name, or may have one after a crash. */
    Set<Long> reachable() {
        Set<Long> reachable = new HashSet<>(seen.values());
        reachable.addAll(durable.values());
        for (NameChange change : pending) {
            if (change instanceof NameChange.Link link) {
                reachable.add(link.file());
            }
        }
        return reachable;
    }

    void change(NameChange change) {
        change.apply(seen);
        pending.add(change);
    }

    /** Makes durable what changed in a directory, and what that stands on. */
    void sync(String directory) {
        boolean[] synced = new boolean[pending.size()];
        Set<String> touched = new HashSet<>();
        for (int i = pending.size() - 1; i >= 0; i--) {
            List<String> paths = pending.get(i).paths();
            if (paths.stream()
                    .anyMatch(path -> touched.contains(path) || parent(path).equals(directory))) {
                synced[i] = true;
                touched.addAll(paths);
            }
        }
        List<NameChange> left = new ArrayList<>();
        for (int i = 0; i < synced.length; i++) {
            if (synced[i]) {
                pending.get(i).apply(durable);
            } else {
                left.add(pending.get(i));
            }
        }
        pending = left;
    }

    void crash(SplittableRandom random) {
        boolean ordered = random.nextBoolean();
        double chance = new double[] {0, 0.5, 0.9, 1}[random.nextInt(4)];
        Set<String> lost = new HashSet<>();
        for (NameChange change : pending) {
            List<String> touched =
                    ordered ? change.paths().stream().map(Names::parent).toList() : change.paths();
            if (random.nextDouble() < chance && touched.stream().noneMatch(lost::contains)) {
                change.apply(durable);
            } else {
                lost.addAll(touched);
            }
        }
        // Sorted, so that a directory comes before what is in it.
        for (String path : List.copyOf(durable.keySet())) {
            if (!path.equals(ROOT) && !durable.containsKey(parent(path))) {
                durable.remove(path);
            }
        }
        seen = new TreeMap<>(durable);
        pending = new ArrayList<>();
    }
}
