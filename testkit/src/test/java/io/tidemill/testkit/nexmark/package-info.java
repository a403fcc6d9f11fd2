/** The engine's answers to the queries of the Nexmark benchmark, held against those found by brute force. */
@NullMarked
package io.tidemill.testkit.nexmark;

import org.jspecify.annotations.NullMarked;
