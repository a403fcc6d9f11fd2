package io.tidemill.peers.rig;

import io.tidemill.peers.rig.Peer.End;
import io.tidemill.peers.rig.Peer.Run;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** All peers. Who adds one adds a line here, and a module for its code. */
final class Peers {
    /** Whom the others are compared with. */
    static final String OURS = "tidemill";

    /** Told in the table, because a row that is left out would look like an oversight. */
    static final Map<Job, Map<String, String>> GAPS = Map.of();

    private static final List<Peer> ALL = new ArrayList<>();

    static {
        bulk();
        engineOnly();
        latency();
    }

    private Peers() {}

    static List<Peer> of(Settings settings) {
        Set<String> names = names();
        return ALL.stream()
                .filter(peer -> settings.jobs().contains(peer.job()))
                .filter(peer -> settings.wants(peer.name(), names))
                .toList();
    }

    static Set<String> names() {
        return ALL.stream().map(Peer::name).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static void add(
            Job job,
            String name,
            String module,
            String main,
            End end,
            Function<Run, List<String>> arguments,
            String settings) {
        ALL.add(new Peer(job, name, module, main, end, arguments, settings));
    }

    private static List<String> kafka(Run run, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                run.bootstrap(), run.input(), run.output(), run.directory().toString(), run.id()));
        arguments.addAll(List.of(more));
        return arguments;
    }

    private static void addEmbedded(String name, String state, String settings) {
        add(
                Job.A,
                name,
                OURS,
                "TidemillBulk",
                End.SAYS_END,
                run -> List.of(
                        "embedded",
                        String.valueOf(run.settings().lanes()),
                        run.preloaded().toString(),
                        String.valueOf(run.settings().bulkEvents()),
                        String.valueOf(run.settings().runSeconds()),
                        run.settings().durability(),
                        state),
                settings);
    }

    private static void bulk() {
        addEmbedded(
                OURS,
                "memory",
                "embedded log in its own process, state in memory with its changelog in"
                        + " the same commit; its results are read in the same process, which is in its CPU time");
        addEmbedded(
                "tidemill-rocksdb",
                "rocksdb",
                "as tidemill, with state in RocksDB beside the changelog, defaults: 64 MiB of entries in the heap, 128 MiB"
                        + " block cache, three write buffers of 64 MiB");
        add(
                Job.A,
                "tidemill-kafka",
                OURS,
                "TidemillBulk",
                End.WATCHED,
                run -> List.of(
                        "kafka",
                        String.valueOf(run.settings().lanes()),
                        run.bootstrap(),
                        run.input(),
                        run.output(),
                        run.id()),
                "the same pipeline with the broker as its log: a Kafka transaction for each step, changelog in the broker");
        for (String backend : List.of("hashmap", "rocksdb")) {
            add(
                    Job.A,
                    "flink-" + backend,
                    "flink",
                    "FlinkBulk",
                    End.WATCHED,
                    run -> kafka(run, backend, "1000"),
                    "JobManager and TaskManager in one JVM, parallelism 2, object reuse, checkpoint every 1 s to the local disk,"
                            + " exactly-once sink, buffer timeout 100 ms"
                            + (backend.equals("rocksdb") ? ", 512 MiB managed memory, incremental checkpoints" : ""));
        }
        for (String store : List.of("memory", "rocksdb")) {
            add(
                    Job.A,
                    "kstreams-" + store,
                    "kstreams",
                    "KafkaStreamsBulk",
                    End.WATCHED,
                    run -> kafka(run, "emit", store),
                    "exactly_once_v2, 2 threads, commit.interval.ms=1000, 256 MiB record cache, changelog in the broker,"
                            + " emit on window close");
        }
        add(
                Job.A,
                "kstreams-suppress",
                "kstreams",
                "KafkaStreamsBulk",
                End.WATCHED,
                run -> kafka(run, "suppress", "memory"),
                "as kstreams-memory, with suppress(untilWindowCloses) instead of emit on window close");
        add(
                Job.A,
                "spark",
                "spark",
                "SparkBulk",
                End.WATCHED,
                run -> kafka(run, "one"),
                "local[2], 2 shuffle partitions, everything in one micro-batch (AvailableNow). Its Kafka sink is at-least-once");
        add(
                Job.A,
                "spark-batches",
                "spark",
                "SparkBulk",
                End.WATCHED,
                run -> kafka(run, "batches"),
                "as spark, with 500,000 records a micro-batch");
        add(
                Job.A,
                "hazelcast",
                "hazelcast",
                "HazelcastBulk",
                End.WATCHED,
                run -> kafka(run, "exactly"),
                "2 cooperative threads, snapshot every 1 s in memory, exactly-once sink");
        for (String work : List.of("poll", "parse", "aggregate")) {
            add(
                    Job.A,
                    "bare-" + work,
                    "bare",
                    "BareKafka",
                    End.SAYS_DONE,
                    run -> List.of(run.bootstrap(), run.input(), work, "2"),
                    "a loop by hand around KafkaConsumer, 2 threads, "
                            + Map.of(
                                            "poll",
                                            "bytes only",
                                            "parse",
                                            "Jackson and a HashMap",
                                            "aggregate",
                                            "Jackson and the windows")
                                    .get(work)
                            + "; guarantees nothing, writes nothing");
        }
    }

    private static void engineOnly() {
        add(
                Job.B,
                OURS,
                OURS,
                "TidemillEngineOnly",
                End.SAYS_DONE,
                run -> List.of(events(run), String.valueOf(run.settings().lanes())),
                "events made as records of 20 bytes by a log that forgets what is committed; cold, the first record included");
        for (int millis : List.of(1_000, 0)) {
            add(
                    Job.B,
                    millis == 0 ? "flink-no-checkpoints" : "flink-hashmap",
                    "flink",
                    "FlinkBulk",
                    End.SAYS_DONE,
                    run -> List.of(
                            "generate",
                            events(run),
                            "-",
                            run.directory().toString(),
                            run.id(),
                            "hashmap",
                            String.valueOf(millis)),
                    "as in A, " + (millis == 0 ? "without checkpoints" : "a checkpoint every 1 s"));
        }
        for (String guarantee : List.of("exactly", "none")) {
            add(
                    Job.B,
                    guarantee.equals("none") ? "hazelcast-no-snapshots" : "hazelcast",
                    "hazelcast",
                    "HazelcastBulk",
                    End.SAYS_DONE,
                    run -> List.of("generate", events(run), "-", run.directory().toString(), run.id(), guarantee),
                    "as in A, " + (guarantee.equals("none") ? "without snapshots" : "a snapshot every 1 s"));
        }
        add(
                Job.B,
                "spark",
                "spark",
                "SparkEngineOnly",
                End.SAYS_DONE,
                run -> List.of(events(run), run.directory().toString()),
                "rate source of 1,000,000 rows a micro-batch, the generator as a user function, noop sink; the last windows stay open");
        for (String work : List.of("generate", "aggregate")) {
            add(
                    Job.B,
                    "bare-" + work,
                    "bare",
                    "BareLoop",
                    End.SAYS_DONE,
                    run -> List.of(events(run), work),
                    "one thread, "
                            + (work.equals("generate")
                                    ? "the generator alone (the JIT removes some of it)"
                                    : "a HashMap for each open window")
                            + ", after a warm-up");
        }
    }

    private static String events(Run run) {
        return String.valueOf(run.settings().engineEvents());
    }

    private static void latency() {
        add(
                Job.C,
                OURS,
                OURS,
                "TidemillLatency",
                End.SAYS_DONE,
                run -> List.of(
                        "embedded",
                        run.directory().resolve("log").toString(),
                        String.valueOf(run.settings().rate()),
                        String.valueOf(run.settings().warmUpSeconds()),
                        String.valueOf(run.settings().seconds()),
                        "1",
                        run.settings().durability()),
                "embedded log, 1 lane; producer and reader are in its process, and in its CPU time. Results are"
                        + " key and count, not the whole event");
        add(
                Job.C,
                "tidemill-kafka",
                OURS,
                "TidemillLatency",
                End.WATCHED,
                run -> List.of("kafka", "1", run.bootstrap(), run.input(), run.output(), run.id()),
                "the broker as its log, a transaction for each step, 1 lane. Results are key and count, not the whole event");
        flinkLatency("flink-hashmap", "exactly", "100");
        flinkLatency("flink-1s", "exactly", "1000");
        flinkLatency("flink-at-least-once", "atleast", "1000");
        for (int millis : List.of(100, 20)) {
            add(
                    Job.C,
                    millis == 100 ? "kstreams-memory" : "kstreams-20ms",
                    "kstreams",
                    "KafkaStreamsLatency",
                    End.WATCHED,
                    run -> kafka(run, "commit.interval.ms=" + millis),
                    "exactly_once_v2, 2 threads, commit.interval.ms=" + millis
                            + ", 64 MiB record cache, state in memory with" + " its changelog in the broker");
        }
        add(
                Job.C,
                "spark",
                "spark",
                "SparkLatency",
                End.WATCHED,
                run -> kafka(run, "microbatch"),
                "local[2], trigger of 0 ms; without the running count, at-least-once");
        add(
                Job.C,
                "spark-real-time",
                "spark",
                "SparkLatency",
                End.WATCHED,
                run -> kafka(run, "realtime"),
                "local[5], real-time mode with batches of 10 s; without the running count, at-least-once");
        add(
                Job.C,
                "hazelcast",
                "hazelcast",
                "HazelcastLatency",
                End.WATCHED,
                run -> kafka(run),
                "snapshot every 100 ms, exactly-once sink");
        add(
                Job.C,
                "bare-kafka",
                "",
                "",
                End.WATCHED,
                run -> List.of(),
                "producer to consumer on one topic, no engine, nothing guaranteed; all events are results");
    }

    private static void flinkLatency(String name, String guarantee, String millis) {
        add(
                Job.C,
                name,
                "flink",
                "FlinkLatency",
                End.WATCHED,
                run -> kafka(run, "hashmap", millis, guarantee),
                "parallelism 2, checkpoint every " + millis + " ms, "
                        + (guarantee.equals("exactly") ? "exactly-once" : "at-least-once")
                        + " sink, buffer timeout 5 ms");
    }
}
