package io.tidemill.cli.output;

import io.tidemill.engine.Ledger;
import io.tidemill.log.TopicPartition;
import java.util.Map;

/** The ledger, laid out so that one sees it add up. */
public final class LedgerTable {
    private LedgerTable() {}

    public static String of(Ledger ledger) {
        Table table = new Table()
                .text("records of")
                .number("read =")
                .number("on time +")
                .number("late +")
                .number("filtered +")
                .number("dead-lettered");
        for (Map.Entry<TopicPartition, Ledger.Records> each : ledger.sources().entrySet()) {
            add(table, each.getKey().toString(), each.getValue());
        }
        add(table, "all partitions", ledger.total());
        return table.toString();
    }

    private static void add(Table table, String name, Ledger.Records records) {
        table.row(name, records.read(), records.onTime(), records.late(), records.filtered(), records.deadLettered());
    }
}
