/** Approximate aggregates, which cost far less than exact ones, say how wrong they may be, and are never more wrong. */
@NullMarked
package io.tidemill.sketches;

import org.jspecify.annotations.NullMarked;
