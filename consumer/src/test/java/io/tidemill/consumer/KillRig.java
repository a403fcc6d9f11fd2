package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Kills a process at points of its loop, one after the other, starts it again each time, and counts effects. */
final class KillRig {
    static final int RECORDS = 1_500;
    static final int PARTITIONS = 3;
    private static final long SEED = System.nanoTime();

    private final String what;
    private final String topic;
    private final String effects;
    private final Random random = new Random(SEED);
    private final Map<String, Boolean> killed = new LinkedHashMap<>();

    private KillRig(String what, String topic, String effects) {
        this.what = what;
        this.topic = topic;
        this.effects = effects;
    }

    static KillRig toFile(String what) throws Exception {
        Files.createDirectories(Path.of("target", "kill"));
        Path file = Files.createTempFile(Path.of("target", "kill").toAbsolutePath(), what, ".effects");
        return new KillRig(what, input(), file.toString());
    }

    static KillRig toTopic(String what) throws Exception {
        return new KillRig(what, input(), Services.topic("kill-out", 2));
    }

    static KillRig toTable(String what) throws Exception {
        String topic = input();
        String table = "effects_" + topic.replace('-', '_');
        try (Connection connection = Services.database().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE " + table + " (number INTEGER)");
        }
        return new KillRig(what, topic, table);
    }

    private static String input() throws Exception {
        String topic = Services.topic("kill", PARTITIONS);
        Records.produce(topic, PARTITIONS, 30, RECORDS);
        return topic;
    }

    /** Kills once at the point, at a random one of its first times. */
    KillRig killAt(Probe.Point point, int timesMax) throws Exception {
        return run(point.name(), 1 + random.nextInt(timesMax), 0);
    }

    /** Kills a moment after the point. */
    KillRig killAfter(Probe.Point point, int timesMax, int microsMax) throws Exception {
        return run(point.name(), 1 + random.nextInt(timesMax), 1 + random.nextInt(microsMax));
    }

    private KillRig run(String point, int times, long micros) throws Exception {
        int exit = start(point, times, micros);
        killed.merge(point, exit == KillTarget.KILLED, Boolean::logicalOr);
        return this;
    }

    private int start(String point, int times, long micros) throws Exception {
        return start(FastStart.options(), point, times, micros);
    }

    /** Runs everything once, so that the classes it loads can be kept. */
    static void train(String option) throws Exception {
        assertThat(toTopic("kafka").start(List.of(option), "", 0, 0)).isZero();
    }

    private int start(List<String> options, String point, int times, long micros) throws Exception {
        File log = new File("target", "kill.log");
        try (ChildJvm child = ChildJvm.start(
                FastStart.CLASS_PATH,
                KillTarget.class,
                log,
                options,
                Services.broker(),
                String.valueOf(Services.databasePort()),
                topic,
                what,
                effects,
                point,
                String.valueOf(times),
                String.valueOf(micros))) {
            int exit = child.await(300);
            assertThat(exit).as("exit of %s, see target/kill.log", what).isIn(0, KillTarget.KILLED);
            return exit;
        }
    }

    /** Runs to the end without a kill, and counts effects by record. All points must have been reached. */
    Map<Integer, Integer> finish() throws Exception {
        System.out.println(what + ": seed " + SEED + ", killed " + killed);
        assertThat(start("", 0, 0)).isZero();
        assertThat(killed).as("seed %d", SEED).doesNotContainValue(false);
        Map<Integer, Integer> counts = new TreeMap<>();
        IntStream.range(0, RECORDS).forEach(number -> counts.put(number, 0));
        effects().forEach(number -> counts.merge(number, 1, Integer::sum));
        return counts;
    }

    private List<Integer> effects() throws Exception {
        if (what.equals("kafka")) {
            return Records.readAll(effects).stream().map(Records::number).toList();
        }
        return effects.startsWith("/") ? fileEffects() : tableEffects();
    }

    private List<Integer> fileEffects() throws Exception {
        return Files.readAllLines(Path.of(effects)).stream()
                .map(Integer::valueOf)
                .toList();
    }

    private List<Integer> tableEffects() throws Exception {
        List<Integer> all = new ArrayList<>();
        try (Connection connection = Services.database().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT number FROM " + effects)) {
            while (rows.next()) {
                all.add(rows.getInt(1));
            }
        }
        return all;
    }
}
