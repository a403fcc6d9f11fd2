/**
 * The coordinator of consumer groups, and its journal of every rebalance.
 *
 * <p>{@link io.tidemill.groups.GroupCoordinator} answers as Kafka 4.3's coordinator does, with these differences on purpose:
 *
 * <ul>
 *   <li>The first generation of a classic group waits for nobody, and a consumer group is assigned anew at every change; Kafka
 *       waits three seconds and one second. Both are options.
 *   <li>A classic generation is durable before its members hear of it, so generations never go back, and a restart in the middle
 *       of a rebalance is no reason to join again.
 *   <li>A group changes its type only while it is empty; there is no migration of members.
 *   <li>Groups without members stay until they are deleted.
 *   <li>Subscriptions by regular expression are resolved at once, by java.util.regex within bounds on the expression's length and
 *       on the time that it takes.
 *   <li>The server's assignors give fair and sticky assignments, not always the same as Kafka's. Racks are ignored.
 *   <li>Groups, members, ids and metadata are bounded; see {@link io.tidemill.groups.GroupOptions}.
 * </ul>
 *
 * <p>In the compacted topic {@code __tidemill_groups}, a key is the JSON array {@code [1, group]} or {@code [1, group, member]}
 * and a value is a JSON object whose {@code type} names its kind and version. In {@code __tidemill_rebalances}, a key is a group
 * id and a value is a {@link io.tidemill.groups.Rebalance} as JSON.
 */
@NullMarked
package io.tidemill.groups;

import org.jspecify.annotations.NullMarked;
