package io.tidemill.compat.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.LogException;
import io.tidemill.testkit.Seeds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * The invariants of {@link ConsistencyTest}, below the sockets: clients that are state machines, one step at a time in an
 * order that the seed decides, and crashes at any write or sync.
 */
class SimulatedConsistencyTest {
    private static final int RUNS = Integer.getInteger("tidemill.runs", 3);
    private static final int STEPS = 12_000;

    @Test
    void everyPromiseIsKept() throws Exception {
        for (int i = 0; i < RUNS; i++) {
            Seeds.run(seed -> new Run(seed).run());
        }
    }

    private static final class Run {
        private static final String GROUP = "g";
        private static final int DRAIN_STEPS_MAX = 100_000;

        private final long seed;
        private final SplittableRandom random;
        private final History history = new History();
        private final SimulatedNode node;
        private final SimulatedReader reader;
        private final Verification verification;
        private final List<SimulatedClient> writers = new ArrayList<>();
        private final List<SimulatedClient> transformers = new ArrayList<>();
        private int crashes;

        Run(long seed) {
            this.seed = seed;
            random = Seeds.random(seed, "steps");
            node = new SimulatedNode(Seeds.random(seed, "node"), Topics.all(List.of(GROUP)));
            reader = new SimulatedReader(node, history, GROUP);
            verification = new Verification(history, node);
            for (int i = 0; i < 3; i++) {
                writers.add(new SimulatedIdempotentWriter("i" + i, node, history, Seeds.random(seed, "i" + i)));
                transformers.add(
                        new SimulatedTransformer(GROUP + "-" + i, GROUP, node, history, Seeds.random(seed, "g" + i)));
                AtomicLong numbers = new AtomicLong();
                for (int twin = 0; twin < 2; twin++) {
                    SplittableRandom own = Seeds.random(seed, "t" + i + twin);
                    writers.add(new SimulatedTransactionalWriter("t" + i, numbers, node, history, own));
                }
            }
        }

        void run() throws Exception {
            try {
                List<SimulatedClient> all = new ArrayList<>(writers);
                all.addAll(transformers);
                for (int i = 0; i < STEPS && history.violations().isEmpty(); i++) {
                    turn(all, true);
                }
                if (history.violations().isEmpty()) {
                    finish();
                }
            } finally {
                judge();
            }
            node.close();
        }

        private void turn(List<SimulatedClient> clients, boolean failing) throws Exception {
            try {
                if (failing && random.nextInt(250) == 0) {
                    node.armCrash();
                }
                step(clients, failing);
            } catch (LogException e) {
                history.event("failed: " + e);
                if (!node.isDown()) {
                    throw e;
                }
            }
            if (node.isDown()) {
                restart();
            }
        }

        private void step(List<SimulatedClient> clients, boolean failing) {
            SimulatedClient client = clients.get(random.nextInt(clients.size()));
            switch (random.nextInt(10)) {
                case 0 -> node.sync();
                case 1, 2 -> node.deliver();
                case 3 -> node.pass(Duration.ofMillis(random.nextInt(500)));
                case 4 -> {
                    if (random.nextInt(5) == 0) {
                        reader.step();
                    } else if (failing && random.nextInt(20) == 0) {
                        client.lost();
                    }
                }
                default -> client.step();
            }
        }

        private void restart() throws Exception {
            crashes++;
            history.event("crash");
            node.restart();
            writers.forEach(SimulatedClient::lost);
            transformers.forEach(SimulatedClient::lost);
            verification.afterRestart();
            reader.step();
        }

        /** Open transactions time out, and the transformers bring everything to its end. */
        private void finish() throws Exception {
            if (node.isArmed()) {
                // It strikes here at the latest: what follows is to be undisturbed.
                restart();
            }
            node.sync();
            node.pass(Duration.ofMinutes(1));
            for (int i = 0; i < DRAIN_STEPS_MAX && !isDrained(i); i++) {
                turn(transformers, false);
            }
            reader.step();
            verification.atTheEnd(List.of(GROUP));
            restart();
            verification.atTheEnd(List.of(GROUP));
        }

        private boolean isDrained(int step) {
            if (!history.violations().isEmpty()) {
                return true;
            }
            return step % 500 == 0
                    && node.read(true).keySet().stream()
                                            .filter(place -> Topics.isOutput(
                                                    place.partition().topic()))
                                            .count()
                                    * 2
                            == node.read(true).size();
        }

        private void judge() throws Exception {
            System.out.println(
                    "Simulated consistency, seed " + seed + ": " + crashes + " crashes, " + history.summary());
            List<String> violations = history.violations();
            if (!violations.isEmpty()) {
                Path file = history.write(Path.of("target", "simulated-consistency-" + seed + ".txt"));
                assertThat(violations.subList(0, Math.min(5, violations.size())))
                        .as("violations (%d in all; the history is in %s)", violations.size(), file)
                        .isEmpty();
            }
        }
    }
}
