/** Consumer groups seen from outside, over the Kafka protocol: how far they are, and how to move them. */
@NullMarked
package io.tidemill.operations.groups;

import org.jspecify.annotations.NullMarked;
