package io.tidemill.consumer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * The table of offsets, one row for each group, topic and partition: the next offset, and an epoch that is raised by each
 * process that is assigned the partition. An offset is stored only under the epoch and over the offset that the storing
 * process knows; so of two processes that both believe to own a partition, the one that claimed last wins, and the other's
 * transaction is rolled back. The row is locked only from the store to the commit: a process that is paused in a handler does
 * not hold up its successor.
 */
final class JdbcOffsets {
    private static final String WHERE_KEY = " WHERE consumer_group = ? AND topic = ? AND partition_number = ?";

    private final String table;
    private final String group;

    JdbcOffsets(String table, String group) {
        this.table = table;
        this.group = group;
    }

    static String ddl(String table) {
        return "CREATE TABLE " + table + " ("
                + "consumer_group VARCHAR(255) NOT NULL, "
                + "topic VARCHAR(249) NOT NULL, "
                + "partition_number INTEGER NOT NULL, "
                + "next_offset BIGINT NOT NULL, "
                + "owner_epoch BIGINT NOT NULL, "
                + "PRIMARY KEY (consumer_group, topic, partition_number))";
    }

    void create(Connection connection) throws SQLException {
        createIfMissing(connection, table, "next_offset", ddl(table));
    }

    /** Makes a table if it is missing. Two processes may do so at once. */
    static void createIfMissing(Connection connection, String table, String column, String ddl) throws SQLException {
        connection.setAutoCommit(true);
        if (exists(connection, table, column)) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(ddl);
        } catch (SQLException e) {
            if (!exists(connection, table, column)) {
                throw e;
            }
        }
    }

    private static boolean exists(Connection connection, String table, String column) {
        try (Statement statement = connection.createStatement();
                ResultSet none = statement.executeQuery("SELECT " + column + " FROM " + table + " WHERE 1 = 0")) {
            return !none.next();
        } catch (SQLException e) {
            return false;
        }
    }

    /** The stored offset. */
    Optional<Long> read(Connection connection, TopicPartition partition) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT next_offset FROM " + table + WHERE_KEY)) {
            key(select, 1, partition);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
            }
        }
    }

    /** Stores where to start, unless another process has. */
    void insert(Connection connection, TopicPartition partition, long start) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table
                + " (consumer_group, topic, partition_number, next_offset, owner_epoch) VALUES (?, ?, ?, ?, 0)")) {
            key(insert, 1, partition);
            insert.setLong(4, start);
            insert.executeUpdate();
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            if (read(connection, partition).isEmpty()) {
                throw e;
            }
        }
    }

    /** Raises the epoch; from now on no other process can store. The row must be there. */
    Claim claim(Connection connection, TopicPartition partition) throws SQLException {
        try (PreparedStatement raise = connection.prepareStatement(
                        "UPDATE " + table + " SET owner_epoch = owner_epoch + 1" + WHERE_KEY);
                PreparedStatement select =
                        connection.prepareStatement("SELECT owner_epoch, next_offset FROM " + table + WHERE_KEY)) {
            key(raise, 1, partition);
            raise.executeUpdate();
            key(select, 1, partition);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("the row of " + group + " and " + partition + " is gone from " + table);
                }
                Claim claim = new Claim(row.getLong(1), row.getLong(2));
                connection.commit();
                return claim;
            }
        }
    }

    /** Stores in the connection's transaction; false if another process has claimed the partition. */
    boolean store(Connection connection, TopicPartition partition, Claim claim, long next) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE " + table + " SET next_offset = ?" + WHERE_KEY + " AND owner_epoch = ? AND next_offset = ?")) {
            update.setLong(1, next);
            key(update, 2, partition);
            update.setLong(5, claim.epoch());
            update.setLong(6, claim.stored());
            return update.executeUpdate() == 1;
        }
    }

    private void key(PreparedStatement statement, int first, TopicPartition partition) throws SQLException {
        statement.setString(first, group);
        statement.setString(first + 1, partition.topic());
        statement.setInt(first + 2, partition.partition());
    }
}
