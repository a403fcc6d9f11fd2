/**
 * The queries of the Nexmark benchmark, three times: said in words, found by brute force over all events, and as pipelines.
 * What each asks exactly is told by the method of {@link io.tidemill.examples.nexmark.query.ReferenceAnswers} that has its name.
 */
@NullMarked
package io.tidemill.examples.nexmark.query;

import org.jspecify.annotations.NullMarked;
