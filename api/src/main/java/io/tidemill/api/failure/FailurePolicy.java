package io.tidemill.api.failure;

import java.io.Serializable;

/**
 * What a pipeline does with records that fail. Immutable.
 *
 * @param classifier chooses the class of what user code throws
 */
public record FailurePolicy(Classifier classifier) implements Serializable {
    public static FailurePolicy defaults() {
        return new FailurePolicy(Classifier.defaults());
    }

    public FailurePolicy classifier(Classifier value) {
        return new FailurePolicy(value);
    }
}
