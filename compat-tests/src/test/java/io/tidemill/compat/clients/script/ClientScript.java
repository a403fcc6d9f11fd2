package io.tidemill.compat.clients.script;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.common.utils.AppInfoParser;

/** The program: plays all scenarios, some at a time, and tells of each whether it went well. */
public final class ClientScript {
    public static final String PASSED = "passed: ";
    public static final String FAILED = "failed: ";
    public static final String BASIC = "basic";
    public static final String VERSION = "kafka-clients ";

    /** They wait more than they work. */
    private static final int AT_A_TIME = 6;

    private ClientScript() {}

    /**
     * @param args {@code classic} or {@code consumer}, which is how groups are formed, and where the broker is; or {@code
     *     basic} and several brokers, each older than the one before it
     */
    public static void main(String[] args) throws Exception {
        ParentWatch.start();
        System.out.println(VERSION + AppInfoParser.getVersion());
        ExecutorService executor = Executors.newFixedThreadPool(AT_A_TIME);
        List<Future<Boolean>> passed = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            String suffix = args[0].equals(BASIC) ? ", " + i + " versions back" : "";
            String bootstrap = args[i];
            scenarios(args[0]).forEach((name, scenario) -> {
                Clients clients = clients(bootstrap, args[0], passed.size());
                passed.add(executor.submit(() -> passes(name + suffix, scenario, clients)));
            });
        }
        boolean allPassed = true;
        for (Future<Boolean> each : passed) {
            allPassed &= each.get();
        }
        Runtime.getRuntime().halt(allPassed ? 0 : 1);
    }

    private static Clients clients(String bootstrap, String kind, int number) {
        String prefix = AppInfoParser.getVersion() + "-" + kind + "-" + number + "-";
        return new Clients(bootstrap, kind.equals(BASIC) ? "classic" : kind, prefix);
    }

    private static boolean passes(String name, Scenario scenario, Clients clients) {
        long start = System.nanoTime();
        try {
            scenario.run(clients);
            System.out.println(PASSED + name);
            System.err.println(name + ": " + (System.nanoTime() - start) / 1_000_000 + " ms");
            return true;
        } catch (Exception | LinkageError | AssertionError e) {
            System.out.println(FAILED + name);
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            System.err.println("--- " + name + "\n" + trace);
            return false;
        }
    }

    private static Map<String, Scenario> scenarios(String kind) {
        Map<String, Scenario> all = new LinkedHashMap<>();
        if (kind.equals(BASIC)) {
            all.putAll(GroupScenarios.basic());
            all.putAll(ProduceScenarios.basic());
            all.putAll(TransactionScenarios.basic());
        } else {
            all.putAll(GroupScenarios.all(kind));
            all.putAll(ProduceScenarios.all());
            all.putAll(TransactionScenarios.all());
            all.putAll(AdminScenarios.all());
        }
        return all;
    }
}
