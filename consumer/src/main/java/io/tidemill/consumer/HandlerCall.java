package io.tidemill.consumer;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Decodes a record and calls the user's handler, within the time limit. */
final class HandlerCall<K, V, C> {
    private final Decoder<K, V> decoder;
    private final OutputHandler<K, V, C> handler;
    private final Optional<Duration> timeMax;
    private final ScheduledExecutorService timer;
    private final Probe probe;

    HandlerCall(Settings<K, V, C> settings, ScheduledExecutorService timer) {
        this.decoder = settings.decoder();
        this.handler = settings.handler();
        this.timeMax = settings.handlerTimeMax();
        this.timer = timer;
        this.probe = settings.environment().probe();
    }

    void call(Task task, C output) throws Exception {
        probe.reached(Probe.Point.BEFORE_HANDLE, task.partition());
        ConsumerRecord<K, V> record = decoder.decode(task.raw());
        if (timeMax.isPresent()) {
            callWithin(timeMax.get(), record, output);
        } else {
            handler.handle(record, output);
        }
        probe.reached(Probe.Point.AFTER_HANDLE, task.partition());
    }

    private void callWithin(Duration limit, ConsumerRecord<K, V> record, C output) throws Exception {
        Alarm alarm = new Alarm(Thread.currentThread());
        ScheduledFuture<?> ringing = timer.schedule(alarm::ring, limit.toNanos(), TimeUnit.NANOSECONDS);
        try {
            handler.handle(record, output);
        } catch (Exception e) {
            throw alarm.hasRung() ? new HandlerTimeLimitException(limit, e) : e;
        } finally {
            alarm.off();
            ringing.cancel(false);
        }
    }

    /** Interrupts a handler, and never what its thread does afterwards. */
    private static final class Alarm {
        private final Thread thread;
        private boolean off;
        private boolean rung;

        Alarm(Thread thread) {
            this.thread = thread;
        }

        synchronized void ring() {
            if (!off) {
                rung = true;
                thread.interrupt();
            }
        }

        synchronized boolean hasRung() {
            return rung;
        }

        synchronized void off() {
            off = true;
            if (rung) {
                Thread.interrupted(); // what the handler left of our interrupt
            }
        }
    }
}
