package io.tidemill.consumer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Remembers events in a table, for all processes that share it, across restarts. There are two ways to use it:
 *
 * <ul>
 *   <li>{@link #inTransaction}: the id and the handler's writes to the same database are one transaction. Effects take
 *       place exactly once, wherever the process dies, also if two processes have the same event at the same time.
 *   <li>as the store of an {@link IdempotentSink}, for effects elsewhere: two transactions, before and after. What happens
 *       if the process dies between is told there.
 * </ul>
 *
 * <p>Ids are removed when they are older than the retention. It must be longer than any repeat can be late: longer than
 * records wait in the topic plus any replay.
 *
 * <p>Ids have 255 characters at most. The table is {@link #ddl}; it is made if it is missing.
 */
public final class JdbcDedupStore implements DedupStore {
    private static final Duration REMOVAL_INTERVAL = Duration.ofMinutes(1);

    private final DataSource database;
    private final String table;
    private final Duration retention;
    private final InstantSource clock;
    private final AtomicReference<Instant> nextRemoval;

    private JdbcDedupStore(DataSource database, String table, Duration retention, InstantSource clock) {
        this.database = database;
        this.table = table;
        this.retention = retention;
        this.clock = clock;
        this.nextRemoval = new AtomicReference<>(clock.instant());
    }

    /**
     * @param table its name, schema allowed: letters, digits, {@code _} and dots
     * @throws SQLException if the table is missing and cannot be made
     */
    public static JdbcDedupStore in(DataSource database, String table, Duration retention) throws SQLException {
        return in(database, table, retention, InstantSource.system());
    }

    static JdbcDedupStore in(DataSource database, String table, Duration retention, InstantSource clock)
            throws SQLException {
        Checks.that(table.matches(JdbcTransactions.TABLE_NAME), "not a table's name: " + table);
        Checks.positive(retention, "the retention of event ids");
        JdbcDedupStore store = new JdbcDedupStore(database, table, retention, clock);
        try (Connection connection = database.getConnection()) {
            JdbcOffsets.createIfMissing(connection, table, "event_id", ddl(table));
        }
        return store;
    }

    /** The table's definition, in SQL that the common databases share. Times are milliseconds since the epoch. */
    public static String ddl(String table) {
        return "CREATE TABLE " + table + " ("
                + "event_id VARCHAR(255) NOT NULL, "
                + "finished SMALLINT NOT NULL, "
                + "begun_at BIGINT NOT NULL, "
                + "PRIMARY KEY (event_id))";
    }

    /** Handles events not handled before, in one transaction with their ids. The connection is as in {@link JdbcTransactions}. */
    public <K, V> Handler<K, V> inTransaction(
            Function<ConsumerRecord<?, ?>, String> eventId, OutputHandler<K, V, Connection> handler) {
        return record -> {
            removeOld();
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                try {
                    handleOnce(connection, eventId.apply(record), handler, record);
                } finally {
                    connection.rollback();
                }
            }
        };
    }

    private <K, V> void handleOnce(
            Connection connection, String id, OutputHandler<K, V, Connection> handler, ConsumerRecord<K, V> record)
            throws Exception {
        if (insert(connection, id, true)) {
            handler.handle(record, HandlersConnection.of(connection));
            connection.commit();
        }
    }

    @Override
    public Known begin(String eventId) throws SQLException {
        removeOld();
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(true);
            if (insert(connection, eventId, false)) {
                return Known.FIRST;
            }
            return isFinished(connection, eventId).orElse(false) ? Known.FINISHED : Known.UNFINISHED;
        }
    }

    /** False if it was there. Waits while another transaction is inserting the same id. */
    private boolean insert(Connection connection, String id, boolean finished) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO " + table + " (event_id, finished, begun_at) VALUES (?, ?, ?)")) {
            insert.setString(1, id);
            insert.setInt(2, finished ? 1 : 0);
            insert.setLong(3, clock.millis());
            return insert.executeUpdate() == 1;
        } catch (SQLException e) {
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            if (isFinished(connection, id).isEmpty()) {
                throw e;
            }
            return false;
        }
    }

    private Optional<Boolean> isFinished(Connection connection, String id) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT finished FROM " + table + " WHERE event_id = ?")) {
            select.setString(1, id);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(row.getInt(1) == 1) : Optional.empty();
            }
        }
    }

    @Override
    public void finish(String eventId) throws SQLException {
        String finish = "UPDATE " + table + " SET finished = 1 WHERE event_id = ?";
        if (update(finish, eventId) == 0) {
            // Another process began the event too, failed, and forgot it: it is finished all the same.
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(true);
                if (!insert(connection, eventId, true)) {
                    update(finish, eventId);
                }
            }
        }
    }

    @Override
    public void forget(String eventId) throws SQLException {
        update("DELETE FROM " + table + " WHERE finished = 0 AND event_id = ?", eventId);
    }

    private int update(String sql, String eventId) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement update = connection.prepareStatement(sql)) {
            connection.setAutoCommit(true);
            update.setString(1, eventId);
            return update.executeUpdate();
        }
    }

    private void removeOld() throws SQLException {
        Instant now = clock.instant();
        Instant due = nextRemoval.get();
        if (now.isBefore(due) || !nextRemoval.compareAndSet(due, now.plus(REMOVAL_INTERVAL))) {
            return;
        }
        try (Connection connection = database.getConnection();
                Statement delete = connection.createStatement()) {
            connection.setAutoCommit(true);
            delete.executeUpdate("DELETE FROM " + table + " WHERE begun_at < "
                    + now.minus(retention).toEpochMilli());
        }
    }
}
