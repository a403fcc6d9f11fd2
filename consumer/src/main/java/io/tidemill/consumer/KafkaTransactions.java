package io.tidemill.consumer;

import java.time.Duration;
import java.util.Map;

/**
 * Exactly once, to Kafka: the records a handler sends and the offset of the record it handled become visible in one Kafka
 * transaction, or neither does. A crash at any point leaves whole transactions only: what was not committed is handled again,
 * and what its first try sent is never seen by readers with {@code isolation.level=read_committed}. What a handler does
 * otherwise (a call, a file, a database) may be repeated.
 *
 * <p>Output is held in memory until its record, and all before it in the partition, are done. Only then a transaction is
 * opened, filled and committed, with the group's metadata, so that the broker refuses a member whose partitions went to
 * another. So transactions are short however long handlers take, and {@code transaction.timeout.ms} need not know them. After
 * a commit that failed, or whose outcome is unknown, everything uncommitted is dropped and read again from the group's
 * committed offset.
 *
 * @param interval a transaction is made this often, if there is something to commit
 * @param recordsMax or after so many records; also the most in one transaction
 * @param bytesMax or after so many bytes of output; also the most in one transaction, unless one record's output is larger
 * @param idPrefix {@code transactional.id} is this, a dash and {@code group.instance.id}, or without one a random id. Empty
 *     for the group's name. With static members a restart ends what the dead process left open at once; without, the broker
 *     does after {@code transaction.timeout.ms}
 * @param producerProperties for the producer only; they prevail over the client properties
 */
public record KafkaTransactions(
        Duration interval, int recordsMax, long bytesMax, String idPrefix, Map<String, Object> producerProperties)
        implements Delivery<KafkaOutput> {
    static final KafkaTransactions DEFAULT =
            new KafkaTransactions(Duration.ofMillis(100), 10_000, 16L << 20, "", Map.of());

    public KafkaTransactions {
        Checks.positive(interval, "the commit interval");
        Checks.positive(recordsMax, "the records of a transaction");
        Checks.positive(bytesMax, "the bytes of a transaction");
        producerProperties = Map.copyOf(producerProperties);
    }

    public KafkaTransactions every(Duration interval, int recordsMax, long bytesMax) {
        return new KafkaTransactions(interval, recordsMax, bytesMax, idPrefix, producerProperties);
    }

    public KafkaTransactions idPrefix(String prefix) {
        return new KafkaTransactions(interval, recordsMax, bytesMax, prefix, producerProperties);
    }

    public KafkaTransactions producer(Map<String, Object> properties) {
        return new KafkaTransactions(interval, recordsMax, bytesMax, idPrefix, properties);
    }
}
