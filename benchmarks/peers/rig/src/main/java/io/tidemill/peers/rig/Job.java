package io.tidemill.peers.rig;

/** What is measured. */
enum Job {
    A("bulk: one-hour count and sum per page, from a log to a results topic, exactly once"),
    B("engine only: the same windows, events made in the source, results discarded"),
    C("latency: parse, keep half, running count per page, a result for each, log to log");

    private final String what;

    Job(String what) {
        this.what = what;
    }

    String what() {
        return what;
    }
}
