package io.tidemill.groups;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.testkit.Seeds;
import java.time.Duration;
import java.util.SplittableRandom;

/** What is common to simulations: time passes, the power fails, and members come and go, all from one seed. */
abstract class SimulatedGroup implements AutoCloseable {
    /** It may look settled before all have told what they want by now. */
    private static final int CALM_STEPS_MIN = 10;

    final Rig rig;
    final SplittableRandom random;

    SimulatedGroup(long seed, GroupOptions options) {
        rig = new Rig(seed, options);
        random = Seeds.random(seed, "clients");
    }

    abstract void step();

    abstract void chaos();

    abstract void crashed();

    abstract void calm();

    abstract boolean settled();

    abstract void check();

    void run(int steps) {
        for (int i = 0; i < steps; i++) {
            turn();
        }
        calm();
        for (int i = 0; i < 600 && (i < CALM_STEPS_MIN || !settled()); i++) {
            step();
            check();
            rig.advanceSeconds(1);
        }
        step();
        assertThat(settled())
                .as("settled in ten minutes: %s", rig.coordinator.describe("g"))
                .isTrue();
    }

    private void turn() {
        boolean crashes = chance(40);
        boolean fails = !crashes && chance(40);
        if (crashes && chance(2)) {
            rig.disk.crashAt(1 + random.nextInt(8));
        } else if (fails) {
            rig.disk.failForceAt(1 + random.nextInt(2));
        }
        chaos();
        step();
        if (!crashes && !fails) {
            check();
        }
        rig.advance(Duration.ofMillis(random.nextInt(3_000)));
        if (crashes || fails) {
            rig.crash();
            crashed();
        }
    }

    boolean chance(int of) {
        return random.nextInt(of) == 0;
    }

    @Override
    public void close() {
        rig.close();
    }
}
