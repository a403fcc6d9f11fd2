/**
 * Bytes of the Kafka protocol to messages and back, by kafka-clients' message classes. What is particular to one version of
 * kafka-clients stays in here and in the building of network channels.
 */
@NullMarked
package io.tidemill.kafka.protocol;

import org.jspecify.annotations.NullMarked;
