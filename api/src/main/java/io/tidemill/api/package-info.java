/** What a user writes against: pipelines, windows, watermarks, codecs, aggregations. No I/O and no engine type. */
@NullMarked
package io.tidemill.api;

import org.jspecify.annotations.NullMarked;
