/** The Kafka protocol in front of a log: to any Kafka client this process is a broker. */
@NullMarked
package io.tidemill.kafka;

import org.jspecify.annotations.NullMarked;
