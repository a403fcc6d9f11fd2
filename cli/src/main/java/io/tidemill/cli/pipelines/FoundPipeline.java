package io.tidemill.cli.pipelines;

import io.tidemill.api.Pipeline;

/**
 * A pipeline that was found by its name.
 *
 * @param codeVersion which version of the user's code it is, for dead letters
 */
public record FoundPipeline(Pipeline pipeline, String codeVersion) {}
