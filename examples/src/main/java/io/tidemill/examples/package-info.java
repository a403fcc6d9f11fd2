/** Runnable pipelines and the data they run on: the flights of a quarter, and page views without end. */
@NullMarked
package io.tidemill.examples;

import org.jspecify.annotations.NullMarked;
