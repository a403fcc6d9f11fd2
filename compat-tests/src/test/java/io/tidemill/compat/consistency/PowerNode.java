package io.tidemill.compat.consistency;

import io.tidemill.groups.GroupOptions;
import io.tidemill.kafka.KafkaServer;
import io.tidemill.kafka.KafkaServerOptions;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogException;
import io.tidemill.log.LogOptions;
import io.tidemill.log.Scheduler;
import io.tidemill.testkit.SimulatedDisk;
import java.time.Duration;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A server in this process, on a simulated disk: when the power fails, what was not synced is lost, torn or kept, as on a
 * real one. A killed process never loses what it has written; this does.
 */
final class PowerNode implements Node {
    private static final long CRASH_WAIT_NANOS_MAX = Duration.ofSeconds(1).toNanos();

    private static final Duration FORCE_TIME = Duration.ofMillis(8);

    private final SplittableRandom random;
    private final SimulatedDisk disk;
    private final int port = Ports.free();
    private @Nullable Scheduler scheduler;
    private @Nullable EmbeddedLog log;
    private @Nullable KafkaServer server;

    PowerNode(SplittableRandom random) {
        this.random = random;
        disk = new SimulatedDisk(random.nextLong());
    }

    @Override
    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void start() {
        Scheduler chores = Scheduler.threaded("tidemill-log");
        scheduler = chores;
        EmbeddedLog opened = EmbeddedLog.open(
                new SlowDisk(disk, FORCE_TIME),
                LogOptions.defaults()
                        .scheduler(chores)
                        // Small files, so that they are begun and rewritten all the time.
                        .segmentBytes(256 << 10)
                        .preallocateBytes(32 << 10)
                        .maintenance(Duration.ofMillis(500)));
        log = opened;
        server = KafkaServer.start(
                opened,
                KafkaServerOptions.defaults()
                        .listen("127.0.0.1", port)
                        .groups(GroupOptions.defaults()
                                .consumerTimeouts(Duration.ofSeconds(6), Duration.ofMillis(500))));
    }

    /** At any moment, or in the middle of a write or a sync that is about to come. */
    @Override
    public void fail() throws InterruptedException {
        if (random.nextBoolean()) {
            int operations = 1 + random.nextInt(20);
            long at = disk.operations() + operations;
            disk.crashAt(operations);
            long deadline = System.nanoTime() + CRASH_WAIT_NANOS_MAX;
            while (disk.operations() < at && System.nanoTime() < deadline) {
                Thread.sleep(1);
            }
        }
        disk.crash();
        end();
    }

    @Override
    public void failInStart() throws InterruptedException {
        disk.crashAt(1 + random.nextInt(12));
        try {
            start();
        } catch (LogException e) {
            // The power failed before it was open.
        }
        disk.crash();
        end();
    }

    private void end() {
        if (server != null) {
            server.close();
            server = null;
        }
        if (log != null) {
            log.close();
            log = null;
        }
        if (scheduler != null) {
            scheduler.close();
            scheduler = null;
        }
    }

    @Override
    public void close() {
        end();
    }

    @Override
    public String toString() {
        return "a server whose power fails";
    }
}
