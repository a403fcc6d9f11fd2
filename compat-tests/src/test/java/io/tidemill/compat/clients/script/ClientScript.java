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
    public static final String VERSION = "kafka-clients ";

    /** They wait more than they work. */
    private static final int AT_A_TIME = 6;

    private ClientScript() {}

    /** @param args where the broker is, and {@code classic} or {@code consumer}: how groups are formed */
    public static void main(String[] args) throws Exception {
        ParentWatch.start();
        String version = AppInfoParser.getVersion();
        System.out.println(VERSION + version);
        ExecutorService executor = Executors.newFixedThreadPool(AT_A_TIME);
        List<Future<Boolean>> passed = new ArrayList<>();
        scenarios(args[1]).forEach((name, scenario) -> {
            Clients clients = new Clients(args[0], args[1], version + "-" + args[1] + "-" + passed.size() + "-");
            passed.add(executor.submit(() -> passes(name, scenario, clients)));
        });
        boolean allPassed = true;
        for (Future<Boolean> each : passed) {
            allPassed &= each.get();
        }
        Runtime.getRuntime().halt(allPassed ? 0 : 1);
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

    private static Map<String, Scenario> scenarios(String protocol) {
        Map<String, Scenario> all = new LinkedHashMap<>(GroupScenarios.all(protocol));
        all.putAll(ProduceScenarios.all());
        all.putAll(TransactionScenarios.all());
        all.putAll(AdminScenarios.all());
        return all;
    }
}
