/** Real clients in groups that rebalance, and what the doctor says. */
@NullMarked
package io.tidemill.compat.doctor;

import org.jspecify.annotations.NullMarked;
