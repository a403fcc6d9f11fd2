/** What a command has of its process: streams, signals, exit codes, and how it ends in one sentence. */
@NullMarked
package io.tidemill.cli.process;

import org.jspecify.annotations.NullMarked;
