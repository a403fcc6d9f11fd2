package io.tidemill.testkit;

import java.io.FileNotFoundException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** All that a disk holds, durable and not. Cheap to fork. */
final class DiskImage {
    private final Names names;
    private final Map<Long, Content> files = new HashMap<>();
    private long nextFile = Names.DIRECTORY + 1;

    DiskImage() {
        this(new Names());
    }

    private DiskImage(Names names) {
        this.names = names;
    }

    DiskImage fork() {
        DiskImage fork = new DiskImage(names.fork());
        fork.nextFile = nextFile;
        for (long number : names.reachable()) {
            Content file = files.get(number);
            if (file != null) {
                fork.files.put(number, file.fork());
            }
        }
        return fork;
    }

    Names names() {
        return names;
    }

    long nextFile() {
        return nextFile;
    }

    Content file(long number) {
        Content file = files.get(number);
        if (file == null) {
            throw new IllegalStateException("no file " + number);
        }
        return file;
    }

    /** The number of the file of that name. */
    long number(String path) throws FileNotFoundException {
        Long number = names.get(path);
        if (number == null) {
            throw new FileNotFoundException(path + " does not exist");
        }
        if (number == Names.DIRECTORY) {
            throw new FileNotFoundException(path + " is a directory");
        }
        return number;
    }

    /** The lengths of all files that have a name. */
    long size() {
        long size = 0;
        for (long number : names.files().values()) {
            size += file(number).length();
        }
        return size;
    }

    void apply(Operation operation) {
        if (operation instanceof Operation.Naming naming) {
            if (naming.change() instanceof NameChange.Link link && link.file() != Names.DIRECTORY) {
                files.put(link.file(), new Content());
                nextFile = link.file() + 1;
            }
            names.change(naming.change());
        } else if (operation instanceof Operation.SyncDirectory sync) {
            names.sync(sync.directory());
        } else if (operation instanceof Operation.Force force) {
            withFile(force.file(), Content::force);
        } else if (operation instanceof Operation.Truncate truncate) {
            withFile(truncate.file(), file -> file.truncate(truncate.size()));
        } else if (operation instanceof Operation.Write write) {
            withFile(write.file(), file -> file.write(write.bytes(), write.position()));
        }
    }

    /** Does nothing of it, some of it or all of it: the process ends meanwhile. */
    void applyInPart(Operation operation, SplittableRandom random) {
        if (operation instanceof Operation.Write write && random.nextBoolean()) {
            // Any byte, though Linux stops at pages: the kernel copies from front to back.
            byte[] part = Arrays.copyOf(write.bytes(), 1 + random.nextInt(write.bytes().length));
            apply(new Operation.Write(write.file(), write.position(), part));
        } else if (random.nextBoolean()) {
            apply(operation);
        }
    }

    /** A fork does not have the files that are open but have no name. */
    private void withFile(long number, Consumer<Content> action) {
        Content file = files.get(number);
        if (file != null) {
            action.accept(file);
        }
    }

    /** Forgets the files that have no name, except those that are {@code open}. */
    void collect(Set<Long> open) {
        Set<Long> reachable = names.reachable();
        files.keySet().removeIf(number -> !reachable.contains(number) && !open.contains(number));
    }

    void crash(SplittableRandom random) {
        names.crash(random);
        collect(Set.of());
        // Sorted: the order of a hash map is no part of the seed.
        files.keySet().stream().sorted().forEach(number -> file(number).crash(random));
    }

    String describe(Operation operation) {
        if (operation instanceof Operation.Naming naming) {
            return naming.change().toString();
        } else if (operation instanceof Operation.SyncDirectory sync) {
            return "syncDirectory of '" + sync.directory() + "'";
        } else if (operation instanceof Operation.Force force) {
            return "force of " + path(force.file());
        } else if (operation instanceof Operation.Truncate truncate) {
            return "truncate of " + path(truncate.file()) + " to " + truncate.size();
        } else if (operation instanceof Operation.Write write) {
            return "write of " + write.bytes().length + " bytes at " + write.position() + " of " + path(write.file());
        }
        throw new IllegalStateException(operation.toString());
    }

    private String path(long number) {
        return names.files().entrySet().stream()
                .filter(entry -> entry.getValue() == number)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("a deleted file");
    }
}
