package io.tidemill.peers.bare;

import io.tidemill.peers.Generator;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;

/** Job B as a loop in one thread, after a warm-up. Arguments: events, generate|aggregate. */
public final class BareLoop {
    private static final long WARM_UP_EVENTS = 3_000_000;

    private BareLoop() {}

    public static void main(String[] args) {
        Probe.endWithParent();
        long events = Long.parseLong(args[0]);
        boolean aggregates = args[1].equals("aggregate");
        run(Math.min(events, WARM_UP_EVENTS), aggregates);
        Probe.mark("FIRST");
        String found = run(events, aggregates);
        Probe.mark("DONE");
        Probe.say(found);
        System.exit(0);
    }

    private static String run(long events, boolean aggregates) {
        HourlySums windows = new HourlySums();
        long maxMillis = 0;
        long sum = 0;
        for (long i = 0; i < events; i++) {
            PageView view = Generator.event(i, events);
            if (aggregates) {
                maxMillis = Math.max(maxMillis, view.eventTime);
                windows.add(view, maxMillis - Generator.LATENESS_MILLIS);
            } else {
                sum += view.eventTime ^ view.dwellMs;
            }
        }
        // The sum, so that the compiler cannot leave out what makes it.
        return "COUNTED finals=" + windows.finals() + " late=" + windows.late() + " sum=" + sum;
    }
}
