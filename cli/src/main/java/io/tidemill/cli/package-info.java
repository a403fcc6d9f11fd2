/**
 * The {@code tidemill} command: one class per command, each no more than its options and the order of what is to be done.
 * The work is in the packages below.
 */
@NullMarked
package io.tidemill.cli;

import org.jspecify.annotations.NullMarked;
