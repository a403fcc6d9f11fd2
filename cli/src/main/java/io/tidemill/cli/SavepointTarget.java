package io.tidemill.cli;

import io.tidemill.cli.pipelines.FoundPipeline;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A savepoint, and the code that it is for. */
final class SavepointTarget {
    @Parameters(index = "0", paramLabel = "FILE", description = "A path, or a name that 'savepoint list' shows.")
    String file = "";

    @Parameters(index = "1", paramLabel = "PIPELINE", description = "The code, named as for 'run'.")
    String name = "";

    @Option(
            names = {"--class-path", "-cp"},
            paramLabel = "PATH",
            description = "Jars and directories with the pipeline's classes and what they need, separated as for java.")
    String classPath = "";

    FoundPipeline find() {
        PipelineOptions options = new PipelineOptions();
        options.name = name;
        options.classPath = classPath;
        return options.find();
    }
}
