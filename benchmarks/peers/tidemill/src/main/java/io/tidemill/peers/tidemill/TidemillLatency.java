package io.tidemill.peers.tidemill;

import io.tidemill.benchmarks.LatencyUnderLoad;
import io.tidemill.cluster.KafkaLog;
import io.tidemill.cluster.KafkaLogOptions;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineRun;
import io.tidemill.log.Log;
import io.tidemill.peers.Probe;
import java.time.Duration;
import java.util.Arrays;

/**
 * Job C. Arguments: {@code embedded} and those of {@link LatencyUnderLoad}; or {@code kafka}, lanes, bootstrap, input, output,
 * id.
 */
public final class TidemillLatency {
    private static final Duration RUN_MAX = Duration.ofHours(2);

    private TidemillLatency() {}

    public static void main(String[] args) throws InterruptedException {
        Probe.endWithParent();
        if (args[0].equals("embedded")) {
            LatencyUnderLoad.main(Arrays.copyOfRange(args, 1, args.length));
            System.exit(0);
        }
        EngineOptions options = EngineOptions.defaults().lanes(Integer.parseInt(args[1]));
        try (Log log = KafkaLog.connect(KafkaLogOptions.of(args[2]));
                PipelineRun run = Engine.on(log, options).start(Pipelines.running(args[5], args[3], args[4]))) {
            Probe.mark("STARTED");
            run.await(RUN_MAX);
            throw new IllegalStateException("the pipeline has stopped", run.failure());
        }
    }
}
