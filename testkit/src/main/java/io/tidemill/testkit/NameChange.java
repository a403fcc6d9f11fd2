package io.tidemill.testkit;

import java.util.List;
import java.util.Map;

/** A change of a disk's names. */
sealed interface NameChange {
    /** What it touches: changes that touch the same path keep their order. */
    List<String> paths();

    void apply(Map<String, Long> names);

    /** A new file or directory. */
    record Link(String path, long file) implements NameChange {
        @Override
        public List<String> paths() {
            return List.of(path);
        }

        @Override
        public void apply(Map<String, Long> names) {
            names.put(path, file);
        }
    }

    /** A file that goes. */
    record Unlink(String path) implements NameChange {
        @Override
        public List<String> paths() {
            return List.of(path);
        }

        @Override
        public void apply(Map<String, Long> names) {
            names.remove(path);
        }
    }

    /** A file that changes its name, replacing what has the new one. */
    record Rename(String from, String to) implements NameChange {
        @Override
        public List<String> paths() {
            return List.of(from, to);
        }

        @Override
        public void apply(Map<String, Long> names) {
            Long file = names.remove(from);
            if (file == null) {
                throw new IllegalStateException("renamed what is not there: " + from);
            }
            names.put(to, file);
        }
    }
}
