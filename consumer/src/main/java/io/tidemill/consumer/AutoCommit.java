package io.tidemill.consumer;

/**
 * At most once. Offsets are committed, and the commit is confirmed, before the records are handed out. So a record is never
 * handled by two processes or twice after a restart; a crash loses what was committed and not handled yet: at most what was
 * in flight and what one poll returned.
 *
 * <p>Kafka's own {@code enable.auto.commit} commits on a timer, whether the handlers are done or not, and can lose and
 * repeat. It must be off; this strategy has its name and keeps the stricter promise.
 *
 * <p>A retry ({@link FailureStrategy}) calls the handler again within the process. For strictly one call per record, do not
 * retry.
 */
public record AutoCommit() implements Delivery<NoOutput> {}
