/** Records in and out: loading lines, printing records and results. */
@NullMarked
package io.tidemill.cli.records;

import org.jspecify.annotations.NullMarked;
