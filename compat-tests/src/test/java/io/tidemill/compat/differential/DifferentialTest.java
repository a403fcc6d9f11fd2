package io.tidemill.compat.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.broker.KafkaBroker;
import io.tidemill.compat.TidemillServer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same calls to a real Kafka broker and to Tidemill: the answers must be the same, error codes included. What differs
 * on purpose is in {@link PurposefulDifferences}, each with its reason.
 */
class DifferentialTest {
    private static final int RANDOM_SCRIPTS = Integer.getInteger("tidemill.scripts", 4);
    private static final long SEED = Long.getLong("tidemill.seed", 20_261_122);

    /** A broker learns from its controller, some time after the controller has answered, what it then tells of topics. */
    private static final Duration KAFKA_SETTLES_MAX = Duration.ofSeconds(30);

    /** What Tidemill has answered is so at once. */
    private static final Duration TIDEMILL_SETTLES_MAX = Duration.ZERO;

    private static KafkaBroker kafka;
    private static TidemillServer tidemill;
    private static int scriptCount;

    @BeforeAll
    static void start() {
        kafka = KafkaBroker.builder()
                .property("group.consumer.heartbeat.interval.ms", "5000")
                // By default a broker waits for a second, and assigns in the background: answers would depend on time.
                .property("group.consumer.assignment.interval.ms", "0")
                .property("group.consumer.assignor.offload.enable", "false")
                .property("transaction.max.timeout.ms", "900000")
                .start();
        tidemill = TidemillServer.start(options -> options.nodeId(1));
    }

    @AfterAll
    static void stop() {
        if (tidemill != null) {
            tidemill.close();
        }
        if (kafka != null) {
            kafka.close();
        }
    }

    static Stream<String> scripts() {
        return all().keySet().stream();
    }

    private static Map<String, Script> all() {
        Map<String, Script> scripts = new TreeMap<>();
        scripts.putAll(TopicScripts.all());
        scripts.putAll(GroupScripts.all());
        scripts.putAll(TransactionScripts.all());
        for (int i = 0; i < RANDOM_SCRIPTS; i++) {
            scripts.put("random transactions, seed " + (SEED + i), TransactionScripts.random(SEED + i));
            scripts.put("random group, seed " + (SEED + i), GroupScripts.random(SEED + i));
        }
        return scripts;
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void sameAnswers(String name) throws Exception {
        Script script = all().get(name);
        String prefix = "d" + System.nanoTime() % 1_000_000_007L + "-" + scriptCount++ + "-";
        List<String> byKafka = run(script, address(kafka.bootstrap()), prefix, KAFKA_SETTLES_MAX);
        List<String> byTidemill = run(script, address(tidemill.bootstrap()), prefix, TIDEMILL_SETTLES_MAX);
        assertThat(differences(name, byKafka, byTidemill))
                .as("Kafka's answers (first), and ours")
                .isEmpty();
    }

    private static List<String> run(Script script, InetSocketAddress server, String prefix, Duration settleMax)
            throws Exception {
        try (Conversation conversation = new Conversation(server, prefix, settleMax)) {
            try {
                script.run(conversation);
            } catch (RuntimeException e) {
                conversation.note("the script ends: " + e);
            }
            return conversation.transcript();
        }
    }

    private static List<String> differences(String name, List<String> byKafka, List<String> byTidemill) {
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < Math.max(byKafka.size(), byTidemill.size()); i++) {
            String theirs = i < byKafka.size() ? byKafka.get(i) : "nothing";
            String ours = i < byTidemill.size() ? byTidemill.get(i) : "nothing";
            if (!theirs.equals(ours) && !PurposefulDifferences.excuse(name, theirs, ours)) {
                differences.add("\nstep " + i + "\n  " + theirs + "\n  " + ours);
            }
        }
        return differences;
    }

    private static InetSocketAddress address(String bootstrap) {
        int colon = bootstrap.lastIndexOf(':');
        return new InetSocketAddress(bootstrap.substring(0, colon), Integer.parseInt(bootstrap.substring(colon + 1)));
    }
}
