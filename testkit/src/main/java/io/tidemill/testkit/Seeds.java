package io.tidemill.testkit;

import java.util.SplittableRandom;

/** Runs a test from a seed, which is new every time unless {@code -Dtidemill.seed=N} replays one. */
public final class Seeds {
    /** The system property that replays a seed. */
    public static final String PROPERTY = "tidemill.seed";

    private Seeds() {}

    /** A test whose course is decided by {@code seed} alone. */
    @FunctionalInterface
    public interface Trial {
        void run(long seed) throws Exception;
    }

    /** Runs {@code trial} once; if it fails, the seed is printed and in what it throws. */
    public static void run(Trial trial) throws Exception {
        long seed = pick();
        try {
            trial.run(seed);
        } catch (Exception | AssertionError e) {
            String message = "seed " + seed + ": replay it with -D" + PROPERTY + "=" + seed;
            System.err.println(message);
            e.addSuppressed(new Replay(message));
            throw e;
        }
    }

    /** The seed to replay, or a new one. */
    public static long pick() {
        Long replayed = Long.getLong(PROPERTY);
        return replayed != null ? replayed : new SplittableRandom().nextLong();
    }

    /** Random numbers for one purpose: those for another do not depend on how many of them are taken. */
    public static SplittableRandom random(long seed, String purpose) {
        return new SplittableRandom(seed * 31 + purpose.hashCode());
    }

    /** Carries the seed along with the failure. */
    private static final class Replay extends RuntimeException {
        private static final long serialVersionUID = 1;

        private Replay(String message) {
            super(message, null, false, false);
        }
    }
}
