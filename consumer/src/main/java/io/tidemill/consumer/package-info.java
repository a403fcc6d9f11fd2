/**
 * Reliable consumption for services on plain Kafka clients. {@link io.tidemill.consumer.ReliableConsumer} is where to
 * begin, {@link io.tidemill.consumer.Delivery} names what may be lost or repeated, and
 * {@link io.tidemill.consumer.FailureStrategy} what becomes of records that fail.
 */
@NullMarked
package io.tidemill.consumer;

import org.jspecify.annotations.NullMarked;
