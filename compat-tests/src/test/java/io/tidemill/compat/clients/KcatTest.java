package io.tidemill.compat.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kcat, and with it librdkafka, as distributions ship them. */
class KcatTest {
    private static final Duration MOST = Duration.ofMinutes(3);
    private static final String READ_COMMITTED = "isolation.level=read_committed";

    @TempDir
    static Path directory;

    private static ServedTidemill tidemill;
    private static int topicCount;

    @BeforeAll
    static void start() {
        Tool.KCAT.require();
        tidemill = ServedTidemill.start(directory);
    }

    @AfterAll
    static void stop() {
        if (tidemill != null) {
            tidemill.close();
        }
    }

    private static String topic(int partitions) throws Exception {
        String name = "kcat" + topicCount++;
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", tidemill.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(name, Optional.of(partitions), Optional.empty())))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
        return name;
    }

    private static List<String> command(String... args) {
        return Stream.concat(
                        Stream.of(Tool.KCAT.command(), "-b", tidemill.bootstrap(), "-m", "30"), Arrays.stream(args))
                .toList();
    }

    private static String kcat(String input, String... args) {
        return Child.run(directory, "kcat", input, MOST, command(args));
    }

    private static String values(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "v" + i + "\n").collect(Collectors.joining());
    }

    @Test
    void metadata() throws Exception {
        String topic = topic(3);
        JsonNode told = new ObjectMapper().readTree(kcat("", "-L", "-J", "-t", topic));
        assertThat(told.get("brokers")).hasSize(1);
        assertThat(told.get("brokers").get(0).get("name").asText()).isEqualTo(tidemill.bootstrap());
        assertThat(told.get("topics").get(0).get("topic").asText()).isEqualTo(topic);
        assertThat(told.get("topics").get(0).get("partitions"))
                .hasSize(3)
                .allSatisfy(each -> assertThat(each.get("leader").asInt())
                        .isEqualTo(told.get("brokers").get(0).get("id").asInt()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void compressed(String compression) throws Exception {
        String topic = topic(1);
        kcat(values(0, 500), "-P", "-t", topic, "-p", "0", "-z", compression);
        assertThat(kcat("", "-C", "-t", topic, "-p", "0", "-e", "-q")).isEqualTo(values(0, 500));
    }

    @Test
    void keysHeadersTimestampsAndNull() throws Exception {
        String topic = topic(1);
        kcat(
                "a:1\nb:\n",
                "-P",
                "-t",
                topic,
                "-p",
                "0",
                "-K:",
                "-Z",
                "-H",
                "colour=red",
                "-X",
                "enable.idempotence=true");
        assertThat(kcat("", "-C", "-t", topic, "-e", "-q", "-f", "%p %o %k %S %s %h\n"))
                .isEqualTo("0 0 a 1 1 colour=red\n0 1 b -1  colour=red\n");
    }

    @Test
    void offsetsByTimeAndFromTheEnd() throws Exception {
        String topic = topic(1);
        kcat(values(0, 5), "-P", "-t", topic, "-p", "0");
        long between =
                Long.parseLong(kcat("", "-C", "-t", topic, "-p", "0", "-o", "4", "-c", "1", "-q", "-f", "%T")) + 1;
        while (System.currentTimeMillis() <= between) {
            Thread.onSpinWait();
        }
        kcat(values(5, 8), "-P", "-t", topic, "-p", "0");
        assertThat(kcat("", "-C", "-t", topic, "-p", "0", "-o", "s@" + between, "-e", "-q"))
                .isEqualTo(values(5, 8));
        assertThat(kcat("", "-C", "-t", topic, "-p", "0", "-o", "s@0", "-o", "e@" + between, "-e", "-q"))
                .isEqualTo(values(0, 5));
        assertThat(kcat("", "-C", "-t", topic, "-p", "0", "-o", "-2", "-e", "-q"))
                .isEqualTo(values(6, 8));
        assertThat(kcat("", "-Q", "-t", topic + ":0:" + between)).isEqualTo(topic + " [0] offset 5\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"range", "roundrobin", "cooperative-sticky"})
    void groupThatGoesOnWhereItCommitted(String assignor) throws Exception {
        String topic = topic(4);
        String group = topic + "-group";
        String[] consume = {
            "-G",
            group,
            topic,
            "-e",
            "-q",
            "-X",
            "auto.offset.reset=earliest",
            "-X",
            "partition.assignment.strategy=" + assignor
        };
        kcat(values(0, 200), "-P", "-t", topic);
        assertThat(kcat("", consume).lines()).hasSize(200).doesNotHaveDuplicates();
        kcat(values(200, 250), "-P", "-t", topic);
        assertThat(kcat("", consume).lines())
                .containsExactlyInAnyOrderElementsOf(values(200, 250).lines().toList());
    }

    @Test
    void twoMembersShareAndTheOtherTakesOver() throws Exception {
        String topic = topic(4);
        List<String> consume = command(
                "-G",
                topic + "-group",
                topic,
                "-u",
                "-q",
                "-f",
                "%p %s\n",
                "-X",
                "auto.offset.reset=earliest",
                "-X",
                "heartbeat.interval.ms=300",
                "-X",
                "auto.commit.interval.ms=100");
        try (Child stayer = Child.start(directory, "stayer", consume)) {
            try (Child leaver = Child.start(directory, "leaver", consume)) {
                // A partition that both have read from has been handed over.
                int[] next = {0};
                leaver.await("part of the records", MOST, () -> {
                    kcatSome(topic, next);
                    return !leaver.output().isEmpty() && !stayer.output().isEmpty();
                });
                leaver.terminate();
                leaver.awaitEnd(MOST);
                int before = next[0];
                kcatSome(topic, next);
                stayer.await("all records", MOST, () -> distinct(stayer, leaver).size() == next[0]);
                assertThat(next[0]).isGreaterThan(before);
            }
        }
    }

    private static void kcatSome(String topic, int[] next) {
        for (int partition = 0; partition < 4; partition++) {
            kcat(values(next[0], next[0] + 5), "-P", "-t", topic, "-p", Integer.toString(partition));
            next[0] += 5;
        }
    }

    private static List<String> distinct(Child... members) {
        return Arrays.stream(members)
                .flatMap(each -> each.output().lines())
                .distinct()
                .toList();
    }

    @Test
    void transactions() throws Exception {
        String topic = topic(1);
        String[] produce = {"-P", "-t", topic, "-p", "0", "-X", "transactional.id=" + topic};
        kcat(values(0, 50), produce);
        kcat(values(50, 60), produce);
        assertThat(kcat("", "-C", "-t", topic, "-e", "-q", "-X", READ_COMMITTED))
                .isEqualTo(values(0, 60));
        // Killed in the middle of a transaction: the next with its id makes an end of it.
        try (Child killed = Child.start(directory, "killed", command(produce))) {
            // It sends what it has read whenever its buffer is full.
            killed.write(values(60, 20_000));
            killed.await(
                    "records in the log",
                    MOST,
                    () -> kcat("", "-C", "-t", topic, "-e", "-q", "-X", "isolation.level=read_uncommitted")
                            .contains("v60\n"));
            killed.kill();
        }
        kcat(values(70, 75), produce);
        assertThat(kcat("", "-C", "-t", topic, "-e", "-q", "-X", READ_COMMITTED))
                .isEqualTo(values(0, 60) + values(70, 75));
    }

    /** What librdkafka speaks to brokers of that age, without asking what versions there are. */
    @ParameterizedTest
    @ValueSource(strings = {"0.11.0", "1.0.0", "2.0.0"})
    void olderVersionsOfTheCalls(String version) throws Exception {
        String topic = topic(1);
        List<String> older = List.of("-X", "api.version.request=false", "-X", "broker.version.fallback=" + version);
        kcat(values(0, 50), with(older, "-P", "-t", topic, "-z", "lz4"));
        assertThat(kcat("", with(older, "-C", "-t", topic, "-e", "-q"))).isEqualTo(values(0, 50));
        assertThat(kcat("", with(older, "-G", topic + "-group", topic, "-e", "-q", "-X", "auto.offset.reset=earliest")))
                .isEqualTo(values(0, 50));
    }

    private static String[] with(List<String> some, String... more) {
        List<String> all = new ArrayList<>(some);
        Collections.addAll(all, more);
        return all.toArray(String[]::new);
    }
}
