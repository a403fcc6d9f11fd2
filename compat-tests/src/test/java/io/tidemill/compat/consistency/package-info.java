/** Many real clients at once, a broker that fails under them, and a record of all that it promised. */
@NullMarked
package io.tidemill.compat.consistency;

import org.jspecify.annotations.NullMarked;
