package io.tidemill.compat.clients.script;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.utils.AppInfoParser;

/** The program: plays every scenario, and tells of each whether it went well. */
public final class ClientScript {
    public static final String PASSED = "passed: ";
    public static final String FAILED = "failed: ";
    public static final String VERSION = "kafka-clients ";

    private ClientScript() {}

    /** @param args where the broker is, and {@code classic} or {@code consumer}: how groups are formed */
    public static void main(String[] args) {
        ParentWatch.start();
        System.out.println(VERSION + AppInfoParser.getVersion());
        boolean allPassed = true;
        int count = 0;
        for (Map.Entry<String, Scenario> each : scenarios(args[1]).entrySet()) {
            allPassed &= passes(each.getKey(), each.getValue(), new Clients(args[0], args[1], args[1] + count++ + "-"));
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
            System.err.println("--- " + name);
            e.printStackTrace();
            return false;
        }
    }

    private static Map<String, Scenario> scenarios(String protocol) {
        Map<String, Scenario> all = new LinkedHashMap<>(ProduceScenarios.all());
        all.putAll(GroupScenarios.all(protocol));
        all.putAll(TransactionScenarios.all());
        all.putAll(AdminScenarios.all());
        return all;
    }
}
