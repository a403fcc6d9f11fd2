package io.tidemill.engine;

import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.engine.savepoint.CheckReport;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.RestoreSummary;
import io.tidemill.engine.savepoint.SampleEntry;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.engine.savepoint.SavepointReader;
import io.tidemill.engine.savepoint.SavepointSection;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.Log;
import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.LocalDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The savepoints in a directory. A savepoint is a file that holds all the state of a pipeline at one commit, from which the
 * same pipeline, or changed code, goes on. Thread-safe; one at a time takes a savepoint in a directory. What cannot be done
 * is told as {@link SavepointException}, and as {@link io.tidemill.log.LogException} where the log cannot.
 */
public final class Savepoints {
    /** The directory within a data directory. */
    public static final String DIRECTORY_DEFAULT = "savepoints";

    private static final String SUFFIX = ".savepoint";
    private static final String TEMPORARY = SUFFIX + ".";
    private static final int SAME_MILLISECOND_MAX = 1_000;
    private static final int SAMPLES_MAX = 10_000;
    private static final int COMMIT_BYTES_MAX_DEFAULT = 8 << 20;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);

    private final Disk disk;
    private final InstantSource clock;
    private final String codeVersion;
    private final int commitBytesMax;
    private final @Nullable StateStores stores;

    /**
     * A file that is there.
     *
     * @param info null if it cannot be read
     * @param error why not; empty if it can
     */
    public record Listed(String file, @Nullable SavepointInfo info, String error) {}

    private Savepoints(
            Disk disk, InstantSource clock, String codeVersion, int commitBytesMax, @Nullable StateStores stores) {
        this.disk = disk;
        this.clock = clock;
        this.codeVersion = codeVersion;
        this.commitBytesMax = commitBytesMax;
        this.stores = stores;
    }

    /** The directory is made when the first savepoint is taken. */
    public static Savepoints in(Path directory) {
        return in(new LocalDisk(directory));
    }

    /** In the root of {@code disk}. */
    public static Savepoints in(Disk disk) {
        return new Savepoints(disk, InstantSource.system(), "unknown", COMMIT_BYTES_MAX_DEFAULT, null);
    }

    /** Tells when a savepoint is taken. */
    public Savepoints clock(InstantSource value) {
        return new Savepoints(disk, value, codeVersion, commitBytesMax, stores);
    }

    /** Of the user's code, for the header. */
    public Savepoints codeVersion(String value) {
        return new Savepoints(disk, clock, value, commitBytesMax, stores);
    }

    /** How much a restore commits at once, roughly; 8 MiB unless set. */
    public Savepoints commitBytesMax(int value) {
        return new Savepoints(disk, clock, codeVersion, value, stores);
    }

    /** Where state is that does not fit the memory: needed where the state of a pipeline is in a store. */
    public Savepoints stateStores(StateStores value) {
        return new Savepoints(disk, clock, codeVersion, commitBytesMax, value);
    }

    // ---- taking ----

    /**
     * Takes one of what the pipeline has committed, whether it runs or not. {@code pipeline} should be the code that keeps
     * the state; where it is not, some settings are not told.
     */
    public SavepointInfo create(Log log, Pipeline pipeline) {
        return create(log, pipeline.name(), new CompiledPipeline(pipeline));
    }

    /** The same without the code. */
    public SavepointInfo create(Log log, String pipeline) {
        Topic.requireLegalName(pipeline);
        return create(log, pipeline, null);
    }

    private SavepointInfo create(Log log, String pipeline, @Nullable CompiledPipeline code) {
        return attempt(() -> {
            disk.createDirectories("");
            AutoCloseable lock = lock(pipeline);
            try {
                deleteLeftovers();
                Instant now = clock.instant();
                String file = freeName(pipeline, now);
                new SavepointCreation(log, pipeline, code, stores, disk, file).run(now, codeVersion);
                return inspect(file);
            } finally {
                lock.close();
            }
        });
    }

    private AutoCloseable lock(String pipeline) throws IOException {
        try {
            return disk.lock("create.lock", "a savepoint of '" + pipeline + "'");
        } catch (Disk.LockedException e) {
            throw new SavepointException(
                    "another savepoint is being taken in " + disk.locate("") + " (" + e.holder() + "): wait for it", e);
        }
    }

    /** Of those that a crash has interrupted. */
    private void deleteLeftovers() throws IOException {
        for (String file : disk.list("")) {
            if (file.contains(TEMPORARY)) {
                disk.delete(file);
            }
        }
    }

    private String freeName(String pipeline, Instant now) throws IOException {
        String base = pipeline + "-" + TIME.format(now);
        for (int i = 1; i < SAME_MILLISECOND_MAX; i++) {
            String name = base + (i == 1 ? "" : "-" + i) + SUFFIX;
            if (!disk.exists(name)) {
                return name;
            }
        }
        throw new SavepointException(disk.locate(base) + SUFFIX + " and many like it exist: try again");
    }

    // ---- looking ----

    /** All that are there, sorted by name. */
    public List<Listed> list() {
        return attempt(() -> {
            List<Listed> listed = new ArrayList<>();
            for (String file : disk.list("")) {
                if (file.endsWith(SUFFIX)) {
                    listed.add(look(file));
                }
            }
            return listed;
        });
    }

    private Listed look(String file) {
        try {
            return new Listed(file, inspect(file), "");
        } catch (SavepointException e) {
            return new Listed(file, null, String.valueOf(e.getMessage()));
        }
    }

    /** What a savepoint says of itself. Only its beginning and its end are read; {@link #verify} reads all. */
    public SavepointInfo inspect(String file) {
        return with(file, SavepointReader::info);
    }

    /** Reads the whole file, and throws unless every byte is as it was written. */
    public void verify(String file) {
        with(file, reader -> {
            reader.verify();
            return reader.info();
        });
    }

    /**
     * Some entries, as the code understands them: of each operator about as many, spread over its entries.
     *
     * @param samplesMax 1 to 10,000
     */
    public List<SampleEntry> sample(String file, Pipeline pipeline, int samplesMax) {
        if (samplesMax < 1 || samplesMax > SAMPLES_MAX) {
            throw new IllegalArgumentException("samplesMax is 1 to " + SAMPLES_MAX + ", not " + samplesMax);
        }
        return with(file, reader -> {
            CompiledPipeline code = new CompiledPipeline(pipeline);
            SavepointCheck check = new SavepointCheck(reader.info(), code, RestoreOptions.keepAll());
            List<SampleEntry> samples = new ArrayList<>();
            SavepointSample sample = SavepointSample.ofOperators(reader.info(), check.taken(), samplesMax);
            reader.forEach((section, entry) -> {
                EntryConverter converter =
                        section.kind() == SavepointSection.Kind.OPERATOR ? check.converter(section.name()) : null;
                if (converter != null
                        && EntryConverter.isDecodable(entry.kind())
                        && sample.takes(section.name(), entry.kind())) {
                    samples.add(converter.sample(section.name(), entry));
                }
            });
            return samples;
        });
    }

    // ---- taking over ----

    /** What {@link #restore} would do, and whether it would. Changes nothing; needs no log. */
    public CheckReport check(String file, Pipeline pipeline, RestoreOptions options) {
        return with(file, reader -> {
            SavepointCheck check = new SavepointCheck(reader.info(), new CompiledPipeline(pipeline), options);
            check.decode(reader);
            return check.report();
        });
    }

    /**
     * Makes the savepoint the state of the pipeline, which goes on from the savepoint's offsets when it is next started.
     * Refuses what {@link #check} refuses. The pipeline must not run: a run that does fails at its next commit, or makes
     * this fail.
     */
    public RestoreSummary restore(String file, Log log, Pipeline pipeline, RestoreOptions options) {
        return with(file, reader -> {
            CompiledPipeline code = new CompiledPipeline(pipeline);
            SavepointCheck check = new SavepointCheck(reader.info(), code, options);
            check.decode(reader);
            CheckReport report = check.report();
            requireRestorable(report);
            SavepointRestore.requireSources(log, code, reader.info(), options.sameRecords());
            String safety = makeRoom(log, code, options);
            SavepointRestore.Done done =
                    new SavepointRestore(log, code, reader.info(), check, options, commitBytesMax).run(reader);
            return new RestoreSummary(report, done.entries(), done.commits(), safety);
        });
    }

    private static void requireRestorable(CheckReport report) {
        if (!report.isRestorable()) {
            List<String> reasons = new ArrayList<>(report.refusals());
            report.failures().stream()
                    .limit(3)
                    .forEach(failure -> reasons.add("an entry of '" + failure.operator() + "' cannot be decoded (key "
                            + failure.key() + ": " + failure.error() + ")"));
            throw new SavepointException(
                    "savepoint '" + report.savepoint().file() + "' cannot be restored: " + String.join("; ", reasons));
        }
    }

    private String makeRoom(Log log, CompiledPipeline code, RestoreOptions options) {
        if (SavepointRestore.held(log, code.name()) != SavepointRestore.Held.STATE) {
            return "";
        }
        if (!options.replace()) {
            throw new SavepointException("pipeline '" + code.name()
                    + "' has state already: say --replace to give it up (a savepoint of it is taken first), or restore"
                    + " under another name");
        }
        return create(log, code.name(), code).file();
    }

    // ---- files ----

    private interface Work<R> {
        R run() throws Exception;
    }

    private interface Reading<R> {
        R on(SavepointReader reader) throws IOException;
    }

    private <R> R with(String file, Reading<R> reading) {
        return attempt(() -> {
            if (!disk.exists(file)) {
                throw new SavepointException("there is no savepoint " + disk.locate(file)
                        + ": 'tidemill savepoint list' shows those that there are");
            }
            try (SavepointReader reader = new SavepointReader(disk, file)) {
                return reading.on(reader);
            }
        });
    }

    private <R> R attempt(Work<R> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new SavepointException(
                    "reading or writing savepoints in " + disk.locate("") + " failed: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new SavepointException("the lock of " + disk.locate("") + " cannot be given back", e);
        }
    }
}
