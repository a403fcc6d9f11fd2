/** The Kafka protocol in front of the log. */
@NullMarked
package io.tidemill.kafka;

import org.jspecify.annotations.NullMarked;
