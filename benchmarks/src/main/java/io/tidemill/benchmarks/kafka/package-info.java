/** Real Kafka and {@code tidemill serve}, one after the other, under the same clients. */
@NullMarked
package io.tidemill.benchmarks.kafka;

import org.jspecify.annotations.NullMarked;
