/** Dead letters as a workflow: they are grouped, planned for, tried, replayed, and it is on record who did what. */
@NullMarked
package io.tidemill.deadletter;

import org.jspecify.annotations.NullMarked;
