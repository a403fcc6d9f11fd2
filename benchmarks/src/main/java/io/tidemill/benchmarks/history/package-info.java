/** The history of our own figures: recorded with their machine and commit, and judged against those before them. */
@NullMarked
package io.tidemill.benchmarks.history;

import org.jspecify.annotations.NullMarked;
