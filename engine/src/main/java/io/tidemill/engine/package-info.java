/** Runs a pipeline over a log: steps, windows, state, the ledger, corrections. */
@NullMarked
package io.tidemill.engine;

import org.jspecify.annotations.NullMarked;
