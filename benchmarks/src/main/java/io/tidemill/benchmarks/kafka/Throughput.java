package io.tidemill.benchmarks.kafka;

/** How many there were in how long. */
record Throughput(long count, long nanos) {
    double perSecond() {
        return count * 1e9 / Math.max(1, nanos);
    }
}
