package io.tidemill.compat.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.testkit.Seeds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** One run: clients of every kind at work, a broker that fails again and again, and the account of it all in the end. */
final class Consistency {
    private static final Duration PROGRESS_MAX = Duration.ofMinutes(3);
    private static final Duration DRAIN_MAX = Duration.ofMinutes(3);
    private static final long END_MILLIS_MAX = 90_000;
    private static final int PROMISES_MIN = 20;
    private static final int VIOLATIONS_TOLD_MAX = 10;

    private static final String CLASSIC = "classic";
    private static final String CONSUMER = "consumer";
    private static final String PLAIN = "plain";
    private static final String MANUAL = "manual";
    private static final List<String> TRANSFORMING = List.of(CLASSIC, CONSUMER);

    private final long seed;
    private final Node node;
    private final int failures;
    private final int betweenMillisMax;
    private final SplittableRandom random;
    private final History history = new History();
    private final Clients clients;
    private final List<NewTopic> topics = Topics.all(TRANSFORMING);
    private final List<TopicPartition> partitions = Topics.partitions(topics);
    private final List<Actor> writers = new ArrayList<>();
    private final List<Actor> others = new ArrayList<>();
    private final Reader reader;

    Consistency(long seed, Node node, int failures, Duration betweenMax) {
        this.seed = seed;
        this.node = node;
        this.failures = failures;
        this.betweenMillisMax = (int) betweenMax.toMillis();
        random = Seeds.random(seed, "failures");
        clients = new Clients(node.bootstrap());
        reader = new Reader("reader", true, 0, partitions, history, clients, random("reader"));
    }

    private SplittableRandom random(String purpose) {
        return Seeds.random(seed, purpose);
    }

    void run() throws Exception {
        System.out.println("Consistency of " + node + ", seed " + seed);
        node.start();
        try (Admin admin = clients.patientAdmin()) {
            admin.createTopics(topics).all().get(90, TimeUnit.SECONDS);
            hire();
            try {
                writers.forEach(Actor::start);
                others.forEach(Actor::start);
                Verification verification = new Verification(history, new AllRecords(clients, admin, partitions));
                for (int i = 0; i < failures && history.violations().isEmpty(); i++) {
                    failOnce();
                    verification.afterRestart();
                }
                finish(admin, verification);
            } finally {
                end(writers);
                end(others);
            }
        }
        judge();
    }

    private void hire() {
        for (int i = 0; i < 3; i++) {
            writers.add(new IdempotentWriter("i" + i, i < 2, history, clients, random("i" + i)));
        }
        for (int i = 0; i < 4; i++) {
            writers.add(new TransactionalWriter("t" + i, history, clients, random("t" + i)));
        }
        for (int i = 0; i < 2; i++) {
            for (String group : TRANSFORMING) {
                String name = group + "-" + i;
                others.add(new Transformer(name, group, group, history, clients, random(name)));
            }
            String name = PLAIN + "-" + i;
            others.add(new PlainMember(name, PLAIN, "classic", history, clients, random(name)));
        }
        others.add(new Committer(MANUAL, history, clients, random(MANUAL)));
        others.add(reader);
        others.add(new Reader("new-reader", true, 100, partitions, history, clients, random("new-reader")));
        others.add(new Reader("uncommitted", false, 0, partitions, history, clients, random("uncommitted")));
        others.add(new OffsetWatcher(
                List.of(CLASSIC, CONSUMER, PLAIN, MANUAL), partitions, history, clients, random("offsets")));
    }

    private void failOnce() throws Exception {
        int before = history.promiseCount();
        Thread.sleep(random.nextInt(betweenMillisMax));
        await("progress", PROGRESS_MAX, () -> history.promiseCount() >= before + PROMISES_MIN);
        history.event("the broker fails");
        node.fail();
        if (random.nextInt(3) == 0) {
            history.event("the broker fails in its start");
            node.failInStart();
        }
        node.start();
        history.event("the broker is back");
    }

    /** Writers end, transformers bring everything to its end, and then all must be right, also after another failure. */
    private void finish(Admin admin, Verification verification) throws Exception {
        int writing = writers.size();
        if (!history.violations().isEmpty()) {
            return;
        }
        end(writers);
        for (int i = 0; i < writing; i++) {
            endTransactionOf("t" + i);
        }
        Map<TopicPartition, Long> ends = Ends.of(admin, Topics.SOURCES, IsolationLevel.READ_COMMITTED);
        await("all to be read", DRAIN_MAX, () -> reader.hasRead(ends));
        int sources = Topics.SOURCE_NAMES.stream().mapToInt(reader::count).sum();
        await(
                "each record to be transformed",
                DRAIN_MAX,
                () -> TRANSFORMING.stream().allMatch(group -> reader.count(Topics.OUT + group) >= sources));
        end(others);
        verification.atTheEnd(TRANSFORMING);
        node.fail();
        node.start();
        verification.atTheEnd(TRANSFORMING);
    }

    /** Nobody else would, before its timeout. */
    private void endTransactionOf(String transactionalId) {
        try (Producer<String, String> producer = clients.producer(Map.of("transactional.id", transactionalId))) {
            producer.initTransactions();
        }
    }

    private void await(String what, Duration atMost, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean() && history.violations().isEmpty()) {
            if (System.nanoTime() > deadline) {
                history.violation("waited " + atMost + " for " + what);
            }
            Thread.sleep(20);
        }
    }

    private void end(List<Actor> actors) throws InterruptedException {
        actors.forEach(Actor::stop);
        for (Actor each : actors) {
            each.join(END_MILLIS_MAX);
        }
        actors.clear();
    }

    private void judge() throws Exception {
        System.out.println("Consistency of " + node + ": " + failures + " failures, " + history.summary());
        List<String> violations = history.violations();
        if (!violations.isEmpty() || Boolean.getBoolean("tidemill.history")) {
            Path file = history.write(Path.of("target", "consistency-" + seed + ".txt"));
            assertThat(violations.subList(0, Math.min(VIOLATIONS_TOLD_MAX, violations.size())))
                    .as("violations (%d in all; the history is in %s)", violations.size(), file)
                    .isEmpty();
        }
    }
}
