/** The journal: one sequence of checksummed frames, its files, its recovery, and the room that it gives back. */
@NullMarked
package io.tidemill.log.journal;

import org.jspecify.annotations.NullMarked;
