package io.tidemill.kafka;

import java.util.concurrent.atomic.LongAdder;

/** What a server counts. Thread-safe. */
final class Counters {
    final LongAdder connectionsAccepted = new LongAdder();
    final LongAdder connectionsRefused = new LongAdder();
    final LongAdder connectionsStalled = new LongAdder();
    final LongAdder requests = new LongAdder();
    final LongAdder requestsMalformed = new LongAdder();
    final LongAdder requestsFailed = new LongAdder();
    final LongAdder produceBytes = new LongAdder();
    final LongAdder fetchBytes = new LongAdder();
}
