/** A real Kafka broker in a JVM of its own, for tests. */
@NullMarked
package io.tidemill.broker;

import org.jspecify.annotations.NullMarked;
