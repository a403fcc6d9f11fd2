@NullMarked
package io.tidemill.kafka;

import org.jspecify.annotations.NullMarked;
