package io.tidemill.compat.consistency;

import io.tidemill.testkit.Seeds;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Many real clients, and a broker that is killed under them: no acknowledged write is lost, none of an idempotent producer is
 * there twice, no reader sees a part of a transaction or one that was aborted, offsets never go back.
 */
class ConsistencyTest {
    private static final int KILLS = Integer.getInteger("tidemill.kills", 4);

    @Test
    void whenTheProcessIsKilled() throws Exception {
        Seeds.run(seed -> run(seed, new ServedNode(Seeds.random(seed, "node")), Duration.ofSeconds(2)));
    }

    @Test
    void whenThePowerFails() throws Exception {
        Seeds.run(seed -> run(seed, new PowerNode(Seeds.random(seed, "node")), Duration.ofSeconds(1)));
    }

    private static void run(long seed, Node node, Duration betweenMax) throws Exception {
        try (node) {
            new Consistency(seed, node, KILLS, betweenMax).run();
        }
    }
}
