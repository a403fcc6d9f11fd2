package io.tidemill.peers.rig;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * An engine in one job.
 *
 * @param name the same in all jobs where the settings are comparable
 * @param module the directory of its code and of its class path
 * @param main its class in that module
 * @param end how its end is seen
 * @param arguments what it is started with
 * @param settings what is special about it, for the reader of the table
 */
record Peer(
        Job job,
        String name,
        String module,
        String main,
        End end,
        Function<Run, List<String>> arguments,
        String settings) {
    enum End {
        /** The rig reads its results from the broker. */
        WATCHED,
        /** It reads its results itself, by the same rules, and says when the last one was there. */
        SAYS_END,
        /** It has no results to read, and says when it is done. */
        SAYS_DONE
    }

    /**
     * One run of a peer.
     *
     * @param id of this run alone; begins the names of its topics
     * @param directory of this run alone; deleted after it
     * @param preloaded a copy of the embedded log that holds the input of job A
     */
    record Run(
            String id,
            String bootstrap,
            String input,
            String output,
            Path directory,
            Path preloaded,
            Settings settings) {}

    String mainClass() {
        return "io.tidemill.peers." + module + "." + main;
    }
}
