/** A pipeline as plain data: what an engine compiles, an operator explains, and a test looks at. */
@NullMarked
package io.tidemill.api.plan;

import org.jspecify.annotations.NullMarked;
