@NullMarked
package io.tidemill.doctor;

import org.jspecify.annotations.NullMarked;
