/** What tests of pipelines and logs need: virtual time, seeds, and a disk that crashes, fills up and rots on request. */
@NullMarked
package io.tidemill.testkit;

import org.jspecify.annotations.NullMarked;
