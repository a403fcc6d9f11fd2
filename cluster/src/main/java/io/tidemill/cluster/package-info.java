/**
 * A real Kafka cluster behind the log interface: a commit is a Kafka transaction, and a writer is fenced by its transactional
 * id.
 */
@NullMarked
package io.tidemill.cluster;

import org.jspecify.annotations.NullMarked;
