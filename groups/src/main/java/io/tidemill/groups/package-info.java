/** The coordinator of consumer groups, and its journal of every rebalance. */
@NullMarked
package io.tidemill.groups;

import org.jspecify.annotations.NullMarked;
