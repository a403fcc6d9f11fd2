/** A real Kafka cluster behind the log interface. */
@NullMarked
package io.tidemill.cluster;

import org.jspecify.annotations.NullMarked;
