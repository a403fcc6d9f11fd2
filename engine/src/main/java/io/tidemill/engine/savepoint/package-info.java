/** The file of a savepoint: what is in it, writing and reading it. docs/savepoint-format.md tells every byte. */
@NullMarked
package io.tidemill.engine.savepoint;

import org.jspecify.annotations.NullMarked;
