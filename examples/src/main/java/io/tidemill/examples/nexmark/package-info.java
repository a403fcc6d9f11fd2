/**
 * An auction house, as the Nexmark benchmark has it: persons, auctions and bids, made from a seed, in and out of order. What
 * is asked of them is in {@link io.tidemill.examples.nexmark.query}.
 */
@NullMarked
package io.tidemill.examples.nexmark;

import org.jspecify.annotations.NullMarked;
