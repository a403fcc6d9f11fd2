/** Where keyed state is kept: in memory, or in stores that hold more than memory does. */
@NullMarked
package io.tidemill.engine.state;

import org.jspecify.annotations.NullMarked;
