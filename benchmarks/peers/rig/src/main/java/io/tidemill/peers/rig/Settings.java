package io.tidemill.peers.rig;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What the command line says.
 *
 * @param peers names or beginnings of names; empty for all
 * @param bulkEvents of job A
 * @param engineEvents of job B
 * @param runs of jobs A and B
 * @param latencyRuns of job C
 * @param rate events a second in job C
 * @param heap of every engine, as the JVM takes it
 * @param lanes of Tidemill in job A; the parallelism of the others is 2
 * @param durability of Tidemill's embedded log, disk or os
 * @param brokerSync whether the broker syncs every batch before it acknowledges it
 * @param quietSeconds how long to wait at most before each run for the rest of the machine to be quiet
 * @param runSeconds how long one run of jobs A and B may take
 */
record Settings(
        Set<Job> jobs,
        List<String> peers,
        long bulkEvents,
        long engineEvents,
        int runs,
        int latencyRuns,
        long rate,
        long warmUpSeconds,
        long seconds,
        String heap,
        int lanes,
        String durability,
        boolean brokerSync,
        long quietSeconds,
        long runSeconds) {
    private static final String USAGE = "benchmarks/run peers [--quick] [--only A|B|C] [--peers NAME,...] [--events N]"
            + " [--runs N] [--rate N] [--warm-up SECONDS] [--seconds SECONDS] [--heap SIZE] [--lanes N]"
            + " [--durability disk|os] [--broker-sync on|off] [--quiet SECONDS]";

    private static final class Builder {
        private Set<Job> jobs = EnumSet.allOf(Job.class);
        private List<String> peers = List.of();
        private long bulkEvents = 6_000_000;
        private long engineEvents = 30_000_000;
        private int runs = 3;
        private int latencyRuns = 1;
        private long rate = 100_000;
        private long warmUpSeconds = 45;
        private long seconds = 60;
        private String heap = "3g";
        private int lanes = 2;
        private String durability = "disk";
        private boolean brokerSync;
        private long quietSeconds = 45;

        /** Enough to see that everything works; not to compare. */
        private void quick() {
            bulkEvents = 200_000;
            engineEvents = 1_000_000;
            runs = 1;
            rate = 10_000;
            warmUpSeconds = 5;
            seconds = 5;
            quietSeconds = 0;
        }

        private void events(long value) {
            bulkEvents = value;
            engineEvents = value;
        }

        private void runs(int value) {
            runs = value;
            latencyRuns = value;
        }

        private Settings build() {
            return new Settings(
                    jobs,
                    peers,
                    bulkEvents,
                    engineEvents,
                    runs,
                    latencyRuns,
                    rate,
                    warmUpSeconds,
                    seconds,
                    heap,
                    lanes,
                    durability,
                    brokerSync,
                    quietSeconds,
                    240);
        }
    }

    Settings {
        List<String> mistakes = new ArrayList<>();
        requireRange("--events", Math.min(bulkEvents, engineEvents), 1_000, 1_000_000_000, mistakes);
        requireRange("--runs", Math.min(runs, latencyRuns), 1, 100, mistakes);
        requireRange("--rate", rate, 100, 10_000_000, mistakes);
        requireRange("--warm-up", warmUpSeconds, 1, 600, mistakes);
        requireRange("--seconds", seconds, 1, 600, mistakes);
        requireRange("--lanes", lanes, 1, 64, mistakes);
        requireRange("--quiet", quietSeconds, 0, 600, mistakes);
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
    }

    private static void requireRange(String name, long value, long least, long most, List<String> mistakes) {
        if (value < least || value > most) {
            mistakes.add(name + " is " + least + " to " + most + ", not " + value);
        }
    }

    /** {@code --quick} first, wherever it stands, so that the others can change it. */
    static Settings of(String[] args) {
        Builder builder = new Builder();
        if (Arrays.asList(args).contains("--quick")) {
            builder.quick();
        }
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--quick")) {
                continue;
            }
            if (i + 1 == args.length) {
                throw new IllegalArgumentException("there is no " + args[i] + ", or its value is missing: " + USAGE);
            }
            set(builder, args[i], args[++i]);
        }
        return builder.build();
    }

    private static void set(Builder builder, String name, String value) {
        switch (name) {
            case "--only" -> builder.jobs = EnumSet.of(Job.valueOf(oneOf(name, value, "A", "B", "C")));
            case "--peers" -> builder.peers = List.of(value.split(","));
            case "--events" -> builder.events(Long.parseLong(value));
            case "--runs" -> builder.runs(Integer.parseInt(value));
            case "--rate" -> builder.rate = Long.parseLong(value);
            case "--warm-up" -> builder.warmUpSeconds = Long.parseLong(value);
            case "--seconds" -> builder.seconds = Long.parseLong(value);
            case "--heap" -> builder.heap = value;
            case "--lanes" -> builder.lanes = Integer.parseInt(value);
            case "--durability" -> builder.durability = oneOf(name, value, "disk", "os");
            case "--broker-sync" ->
                builder.brokerSync = oneOf(name, value, "on", "off").equals("on");
            case "--quiet" -> builder.quietSeconds = Long.parseLong(value);
            default -> throw new IllegalArgumentException("there is no " + name + ": " + USAGE);
        }
    }

    private static String oneOf(String name, String value, String... allowed) {
        if (!List.of(allowed).contains(value)) {
            throw new IllegalArgumentException(name + " is one of " + List.of(allowed) + ", not " + value);
        }
        return value;
    }

    /** What of {@code peers} is no name, nor the beginning of one. */
    List<String> unknown(Set<String> all) {
        return peers.stream()
                .filter(each -> all.stream().noneMatch(name -> name.startsWith(each)))
                .toList();
    }

    /** Whether a peer of this name is wanted: named in full, or by the beginning of names if no peer is named so in full. */
    boolean wants(String name, Set<String> all) {
        return peers.isEmpty()
                || peers.stream().anyMatch(each -> all.contains(each) ? each.equals(name) : name.startsWith(each));
    }
}
