package io.tidemill.peers.rig;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** How a job is measured. */
interface Measurement {
    /** The columns of its table. */
    List<Table.Column> columns();

    /** Makes what all runs of these peers need. */
    default void prepare(List<Peer> peers) throws IOException, InterruptedException {}

    /** The figures of one run, by name. Throws {@link IllegalStateException}, with the reason, if the run fails. */
    Map<String, Double> run(Peer peer) throws IOException, InterruptedException;
}
