package io.tidemill.consumer;

import javax.sql.DataSource;

/**
 * The strategies of delivery: when an offset is committed, and so what a crash may lose or repeat. The guarantees hold for a
 * crash of the process at any point, and for a process that was paused and lost its partitions to another.
 *
 * <table>
 * <caption>What becomes of a record when the process dies</caption>
 * <tr><th>died</th><th>auto-commit</th><th>commit after processing</th><th>transactional</th></tr>
 * <tr><td>before the handler is called</td><td>lost, if its offset was committed</td><td>handled</td><td>handled</td></tr>
 * <tr><td>in the handler</td><td>lost</td><td>handled again</td><td>handled again; the first try left no output</td></tr>
 * <tr><td>between handler and commit</td><td>was handled</td><td>handled again</td><td>handled again; the first try left no
 * output</td></tr>
 * <tr><td>in the middle of the commit</td><td>handled or lost</td><td>was handled, perhaps again</td><td>output and offset
 * both, or neither, and then handled again</td></tr>
 * <tr><td>after the commit</td><td>was handled</td><td>was handled</td><td>was handled</td></tr>
 * </table>
 *
 * @param <C> what a handler is given to write to, together with the offset
 */
public sealed interface Delivery<C> permits AutoCommit, CommitAfterProcessing, KafkaTransactions, JdbcTransactions {
    /** At most once: may lose, never repeats. See {@link AutoCommit}. */
    static Delivery<NoOutput> autoCommit() {
        return new AutoCommit();
    }

    /** At least once: never loses, may repeat. See {@link CommitAfterProcessing}. */
    static CommitAfterProcessing commitAfterProcessing() {
        return CommitAfterProcessing.DEFAULT;
    }

    /** Exactly once, from Kafka to Kafka. See {@link KafkaTransactions}. */
    static KafkaTransactions transactional() {
        return KafkaTransactions.DEFAULT;
    }

    /** Exactly once, from Kafka to a database. See {@link JdbcTransactions}. */
    static JdbcTransactions transactional(DataSource database) {
        return JdbcTransactions.into(database);
    }
}
