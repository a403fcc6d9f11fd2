/** Text, tables and progress bars for people; one JSON object per line for machines. */
@NullMarked
package io.tidemill.cli.output;

import org.jspecify.annotations.NullMarked;
