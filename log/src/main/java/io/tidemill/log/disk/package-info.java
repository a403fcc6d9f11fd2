/** The disk as the log sees it, so that a simulated one can take its place. */
@NullMarked
package io.tidemill.log.disk;

import org.jspecify.annotations.NullMarked;
