@NullMarked
package io.tidemill.kafka.protocol;

import org.jspecify.annotations.NullMarked;
