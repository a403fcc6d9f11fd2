package io.tidemill.testkit;

import io.tidemill.log.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Runs chores when {@link #advance} passes their time, on the thread that calls it, always in the same order. Thread-safe. */
public final class VirtualScheduler implements Scheduler {
    private final VirtualClock clock;
    private final List<Chore> chores = new ArrayList<>();
    private volatile Runnable resting = () -> {};

    public VirtualScheduler(VirtualClock clock) {
        this.clock = clock;
    }

    private static final class Chore {
        private final Duration period;
        private final Runnable action;
        private Instant due;

        private Chore(Duration period, Runnable action, Instant due) {
            this.period = period;
            this.action = action;
            this.due = due;
        }

        private Instant due() {
            return due;
        }
    }

    @Override
    public Runnable every(Duration period, Runnable action) {
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("a period is more than zero, not " + period);
        }
        Chore chore = new Chore(period, action, clock.instant().plus(period));
        synchronized (chores) {
            chores.add(chore);
        }
        return () -> {
            synchronized (chores) {
                chores.remove(chore);
            }
        };
    }

    /** Moves the clock on, stopping at each chore that falls due to run it; what a chore throws comes out here. */
    public void advance(Duration by) {
        Instant until = clock.instant().plus(by);
        for (Optional<Chore> next = next(until); next.isPresent(); next = next(until)) {
            moveTo(next.get().due);
            run(next.get());
        }
        moveTo(until);
    }

    /** What happens, from now on, whenever a chore rests: on the same thread, so that it always happens at the same point. */
    public void onRest(Runnable happening) {
        resting = happening;
    }

    @Override
    public void rest(Duration time) {
        resting.run();
    }

    /** Runs every chore once now, whenever it is due; what a chore throws comes out here. */
    public void runAll() {
        List<Chore> now;
        synchronized (chores) {
            now = List.copyOf(chores);
        }
        now.forEach(this::run);
    }

    /** Of those due at the same time, the one that was scheduled first. */
    private Optional<Chore> next(Instant until) {
        synchronized (chores) {
            return chores.stream().filter(chore -> !chore.due.isAfter(until)).min(Comparator.comparing(Chore::due));
        }
    }

    private void run(Chore chore) {
        try {
            chore.action.run();
        } finally {
            chore.due = clock.instant().plus(chore.period);
        }
    }

    /** A chore may have taken virtual time, so the clock may be beyond. */
    private void moveTo(Instant time) {
        if (clock.instant().isBefore(time)) {
            clock.set(time);
        }
    }

    /** No chore runs any more. */
    @Override
    public void close() {
        synchronized (chores) {
            chores.clear();
        }
    }
}
