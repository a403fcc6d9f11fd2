package io.tidemill.consumer;

import java.time.Duration;
import javax.sql.DataSource;

/**
 * Exactly once, to a database: what a handler writes through its connection and the offset of its record are committed in one
 * transaction of that database. A crash at any point leaves both or neither; what was not committed is handled again. What a
 * handler does outside of its connection may be repeated.
 *
 * <p>The database's offset is the one that counts. A partition that is assigned starts from it; one that has none starts from
 * the group's committed offset in Kafka or from {@code auto.offset.reset}. The offset in Kafka is updated afterwards, for
 * tools that show lag. If the log no longer has the offset (retention was faster), the consumer stops and says so.
 *
 * <p>Zombies are fenced: whoever is assigned a partition raises its epoch in the table, and a transaction commits only if
 * epoch and offset are still the ones it began with. Rows that a paused process has locked stay locked until the
 * database ends its session.
 *
 * <p>Records of a partition are handled one after the other, several to a transaction. If one fails, the transaction is
 * rolled back, those before it are handled again and committed, and the failed one is retried in a transaction of its own.
 * The connection is the consumer's: on it {@code commit}, {@code rollback} (but to a savepoint), {@code abort} and
 * {@code setAutoCommit} throw, and {@code close} does nothing.
 *
 * <p>The table is {@link #ddl}; it is made if it is missing, or by you if that is switched off. A record that is dead-lettered
 * through {@link FailureContext#connection} is as exact as the others; one that is published to a topic may be published
 * twice.
 *
 * @param database gives connections; each worker holds one at most, and rebalances take one more
 * @param table its name, schema allowed: letters, digits, {@code _} and dots
 * @param createTable whether to make a missing table
 * @param recordsMax the most records to a transaction
 * @param transactionTimeMax no further record is added to a transaction that is this old
 */
public record JdbcTransactions(
        DataSource database, String table, boolean createTable, int recordsMax, Duration transactionTimeMax)
        implements Delivery<java.sql.Connection> {
    static final String TABLE_NAME = "[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*";

    public JdbcTransactions {
        Checks.that(table.matches(TABLE_NAME), "not a table's name: " + table);
        Checks.positive(recordsMax, "the records of a transaction");
        Checks.positive(transactionTimeMax, "the time of a transaction");
    }

    static JdbcTransactions into(DataSource database) {
        return new JdbcTransactions(database, "tidemill_offsets", true, 100, Duration.ofSeconds(1));
    }

    public JdbcTransactions table(String name) {
        return new JdbcTransactions(database, name, createTable, recordsMax, transactionTimeMax);
    }

    /** For users without the right to make tables: the table must be there. */
    public JdbcTransactions existingTable(String name) {
        return new JdbcTransactions(database, name, false, recordsMax, transactionTimeMax);
    }

    public JdbcTransactions upTo(int recordsMax, Duration transactionTimeMax) {
        return new JdbcTransactions(database, table, createTable, recordsMax, transactionTimeMax);
    }

    /** The table's definition, in SQL that the common databases share. */
    public String ddl() {
        return JdbcOffsets.ddl(table);
    }
}
