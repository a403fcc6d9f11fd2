/** Finds the pipeline that a command names. */
@NullMarked
package io.tidemill.cli.pipelines;

import org.jspecify.annotations.NullMarked;
