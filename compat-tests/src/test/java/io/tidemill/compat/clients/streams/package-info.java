/** A Kafka Streams application, as its users write one. It runs in a JVM of its own, and is killed. */
@NullMarked
package io.tidemill.compat.clients.streams;

import org.jspecify.annotations.NullMarked;
