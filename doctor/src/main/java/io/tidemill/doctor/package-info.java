/** Why a consumer group rebalances: the cause, its evidence, what it is not, and the one change to make. */
@NullMarked
package io.tidemill.doctor;

import org.jspecify.annotations.NullMarked;
