/** The durable partitioned log: topics, partitions, offsets and groups as projections of one journal. */
@NullMarked
package io.tidemill.log;

import org.jspecify.annotations.NullMarked;
