/** What an operator asks of a pipeline: is its answer right, and what does it do. */
@NullMarked
package io.tidemill.operations;

import org.jspecify.annotations.NullMarked;
