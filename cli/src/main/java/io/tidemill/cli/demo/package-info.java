/** The two demonstrations, from empty directory to audit. */
@NullMarked
package io.tidemill.cli.demo;

import org.jspecify.annotations.NullMarked;
