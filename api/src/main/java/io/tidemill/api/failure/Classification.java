package io.tidemill.api.failure;

import io.tidemill.api.FailureClass;

/**
 * What kind of failure it is, and why it is taken for that.
 *
 * @param rule the name of the rule that has chosen the class
 */
public record Classification(FailureClass failureClass, String rule) {}
