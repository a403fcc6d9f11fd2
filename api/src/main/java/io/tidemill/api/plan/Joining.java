package io.tidemill.api.plan;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** A user's {@link io.tidemill.api.JoinFunction} without its types. Which side may be null is the operator's to say. */
@FunctionalInterface
public interface Joining extends Serializable {
    Object join(@Nullable Object left, @Nullable Object right) throws Exception;
}
