/** Real, unmodified clients against {@code tidemill serve}, each of them a process. */
@NullMarked
package io.tidemill.compat.clients;

import org.jspecify.annotations.NullMarked;
