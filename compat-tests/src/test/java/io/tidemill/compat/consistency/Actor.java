package io.tidemill.compat.consistency;

import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/** A client on a thread of its own, which takes turn after turn until it is stopped. */
abstract class Actor {
    final String name;
    final History history;
    final Clients clients;
    final SplittableRandom random;
    private final Thread thread;
    private volatile boolean stopping;

    Actor(String name, History history, Clients clients, SplittableRandom random) {
        this.name = name;
        this.history = history;
        this.clients = clients;
        this.random = random;
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    abstract void turn() throws Exception;

    /** A client threw this: what it holds is given up, and the next turn begins anew. */
    abstract void recover(KafkaException failure);

    abstract void close();

    final void start() {
        thread.start();
    }

    final void stop() {
        stopping = true;
    }

    final void join(long millisMax) throws InterruptedException {
        thread.join(millisMax);
        if (thread.isAlive()) {
            StringBuilder where = new StringBuilder();
            for (StackTraceElement each : thread.getStackTrace()) {
                where.append("\n  ").append(each);
            }
            history.violation(name + " does not end:" + where);
            thread.interrupt();
        }
    }

    private void run() {
        try {
            while (!stopping) {
                try {
                    turn();
                } catch (InterruptException e) {
                    return;
                } catch (KafkaException e) {
                    history.event("failed: " + e);
                    recover(e);
                }
            }
        } catch (Exception | AssertionError e) {
            history.violation(name + " died of " + e + " at " + e.getStackTrace()[0]);
        } finally {
            close();
        }
    }

    /** Not as fast as it can: what matters is how much happens while the broker fails. */
    static void pause(long micros) {
        LockSupport.parkNanos(micros * 1_000);
    }

    boolean chance(int of) {
        return random.nextInt(of) == 0;
    }

    <T> T any(java.util.List<T> among) {
        return among.get(random.nextInt(among.size()));
    }
}
