/** What 'tidemill serve' is made of. */
@NullMarked
package io.tidemill.cli.serve;

import org.jspecify.annotations.NullMarked;
