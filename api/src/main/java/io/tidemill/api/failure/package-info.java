/** What is made of failures: their class, their fingerprint, how often they are tried again. */
@NullMarked
package io.tidemill.api.failure;

import org.jspecify.annotations.NullMarked;
