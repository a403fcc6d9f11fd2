/**
 * What windows must answer, found by brute force from the rules alone, and streams to try it on. It shares no code with an
 * engine, so that one can be held against it.
 */
@NullMarked
package io.tidemill.testkit.oracle;

import org.jspecify.annotations.NullMarked;
