package io.tidemill.consumer;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records of one partition in one transaction of the database, with their offset. */
final class JdbcRunner<K, V> implements Runner {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcRunner.class);

    private static final int VALIDATION_SECONDS_MAX = 5;

    private final HandlerCall<K, V, Connection> call;
    private final JdbcTransactions transactions;
    private final JdbcOffsets offsets;
    private final Flight flight;
    private final Publisher publisher;
    private final Environment environment;

    JdbcRunner(
            HandlerCall<K, V, Connection> call,
            JdbcTransactions transactions,
            JdbcOffsets offsets,
            Flight flight,
            Publisher publisher,
            Environment environment) {
        this.call = call;
        this.transactions = transactions;
        this.offsets = offsets;
        this.flight = flight;
        this.publisher = publisher;
        this.environment = environment;
    }

    @Override
    public int recordsMax() {
        return transactions.recordsMax();
    }

    @Override
    public Result run(List<Task> tasks) {
        Connection connection;
        try {
            connection = begin();
        } catch (SQLException e) {
            return Result.unavailable(e);
        }
        try {
            return run(connection, tasks);
        } catch (SQLException e) {
            rollback(connection);
            return Result.unavailable(e);
        } finally {
            close(connection);
        }
    }

    private Connection begin() throws SQLException {
        Connection connection = transactions.database().getConnection();
        try {
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException e) {
            close(connection);
            throw e;
        }
    }

    private Result run(Connection connection, List<Task> tasks) throws SQLException {
        Handled handled = handle(connection, tasks);
        for (Throwable failure = handled.failure; failure != null; failure = handled.failure) {
            rollback(connection);
            if (handled.records == 0) {
                return connection.isValid(VALIDATION_SECONDS_MAX)
                        ? Result.failed(failure)
                        : Result.unavailable(failure);
            }
            handled = handle(connection, tasks.subList(0, handled.records));
        }
        return commit(connection, tasks.subList(0, handled.records), true);
    }

    private record Handled(
            int records, @org.jspecify.annotations.Nullable Throwable failure) {}

    private Handled handle(Connection connection, List<Task> tasks) {
        long begin = environment.nanos();
        Connection view = HandlersConnection.of(connection);
        int records = 0;
        while (records < tasks.size() && (records == 0 || isYoung(begin))) {
            try {
                call.call(tasks.get(records), view);
            } catch (VirtualMachineError e) {
                throw e;
            } catch (Throwable e) {
                return new Handled(records, e);
            }
            records++;
        }
        return new Handled(records, null);
    }

    private boolean isYoung(long begin) {
        return environment.nanos() - begin < transactions.transactionTimeMax().toNanos();
    }

    /** Stores the offset and commits; marks the records done. */
    private Result commit(Connection connection, List<Task> tasks, boolean wereHandled) throws SQLException {
        Task last = tasks.get(tasks.size() - 1);
        Claim claim = last.progress.claim;
        long next = last.offset + 1;
        environment.probe().reached(Probe.Point.BEFORE_COMMIT, last.partition());
        if (!offsets.store(connection, last.partition(), claim, next)) {
            rollback(connection);
            return Result.fenced(new IllegalStateException("another process has claimed " + last.partition()));
        }
        environment.probe().reached(Probe.Point.OFFSET_STORED, last.partition());
        connection.commit();
        claim.storedUpTo(next);
        environment.probe().reached(Probe.Point.AFTER_COMMIT, last.partition());
        tasks.forEach(task -> flight.done(task, List.of(), wereHandled));
        return Result.done(tasks.size());
    }

    private static void rollback(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            LOG.debug("A rollback failed; the database does it when the connection ends", e);
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("A connection could not be closed", e);
        }
    }

    @Override
    public void discard(Task task, FailedRecord failed, FailureStrategy.Outcome outcome) throws Exception {
        Connection connection = begin();
        try {
            Discard.to(outcome, failed, publisher.with(Optional.of(HandlersConnection.of(connection))));
            Result result = commit(connection, List.of(task), false);
            if (result.failure() != null) {
                throw new FencedException(result.failure());
            }
        } finally {
            rollback(connection);
            close(connection);
        }
    }

    @Override
    public void close() {
        publisher.close();
    }

    /** Tells a discard that was fenced from one that failed. */
    static final class FencedException extends Exception {
        FencedException(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }
}
