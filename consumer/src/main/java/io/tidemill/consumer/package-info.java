/** Reliable consumption for services: delivery strategies by name. */
@NullMarked
package io.tidemill.consumer;

import org.jspecify.annotations.NullMarked;
