package io.tidemill.cli;

import io.tidemill.cli.pipelines.FoundPipeline;
import io.tidemill.cli.pipelines.PipelineFinder;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which pipeline. */
final class PipelineOptions {
    @Parameters(
            paramLabel = "PIPELINE",
            description =
                    "A .java file, a class with a method 'public static Pipeline pipeline()', or one of"
                            + " hourly-departures, busiest-hours, departures-so-far, hourly-page-views, page-views-live, running-page-views.")
    String name = "";

    @Option(
            names = {"--class-path", "-cp"},
            paramLabel = "PATH",
            description = "Jars and directories with the pipeline's classes and what they need, separated as for java.")
    String classPath = "";

    FoundPipeline find() {
        List<Path> path = Arrays.stream(classPath.split(File.pathSeparator, -1))
                .filter(each -> !each.isBlank())
                .map(Path::of)
                .toList();
        return new PipelineFinder(path).find(name);
    }
}
