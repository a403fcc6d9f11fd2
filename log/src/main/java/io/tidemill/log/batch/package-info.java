/** Kafka v2 record batches. The only package that knows kafka-clients' record classes, which move between versions. */
@NullMarked
package io.tidemill.log.batch;

import org.jspecify.annotations.NullMarked;
