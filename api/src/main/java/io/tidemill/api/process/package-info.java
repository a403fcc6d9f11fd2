/** User functions that keep state by key: what they are given, and what they declare. */
@NullMarked
package io.tidemill.api.process;

import org.jspecify.annotations.NullMarked;
