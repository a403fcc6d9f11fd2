/** JSON codecs, on Jackson. */
@NullMarked
package io.tidemill.json;

import org.jspecify.annotations.NullMarked;
