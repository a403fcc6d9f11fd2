@NullMarked
package io.tidemill.operations;

import org.jspecify.annotations.NullMarked;
