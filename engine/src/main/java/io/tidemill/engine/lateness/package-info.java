/** How far out of order elements come, in a few kilobytes per partition. */
@NullMarked
package io.tidemill.engine.lateness;

import org.jspecify.annotations.NullMarked;
