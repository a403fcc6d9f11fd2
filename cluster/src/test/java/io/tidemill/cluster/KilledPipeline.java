package io.tidemill.cluster;

import io.tidemill.engine.Engine;
import io.tidemill.engine.Stepper;

/** A process that runs the trial's pipeline on a cluster until it is killed, and tells of each step. */
final class KilledPipeline {
    private KilledPipeline() {}

    /** @param args the cluster, then the pipeline's name */
    public static void main(String[] args) {
        try (KafkaLog log = KafkaLog.connect(KafkaLogOptions.of(args[0]));
                Stepper stepper = Engine.on(log, Trial.options()).open(Trial.pipeline(args[1]))) {
            boolean hasMore = true;
            while (hasMore) {
                hasMore = stepper.step().hasMore();
                System.out.println("STEP");
            }
        }
        System.out.println("END");
    }
}
