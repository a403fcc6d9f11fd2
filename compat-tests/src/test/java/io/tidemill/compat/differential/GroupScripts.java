package io.tidemill.compat.differential;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;

/** Classic and consumer groups. */
final class GroupScripts {
    private GroupScripts() {}

    static Map<String, Script> all() {
        Map<String, Script> scripts = new HashMap<>();
        scripts.put("a member alone", GroupScripts::alone);
        scripts.put("two members", GroupScripts::two);
        scripts.put("protocols that do not agree", GroupScripts::protocols);
        scripts.put("static members", GroupScripts::staticMembers);
        scripts.put("nobody's group", GroupScripts::nobody);
        scripts.put("offsets of a group", GroupScripts::offsets);
        scripts.put("impossible requests", GroupScripts::impossible);
        scripts.put("a consumer group", GroupScripts::consumerGroup);
        scripts.put("a consumer group with two members", GroupScripts::twoConsumers);
        scripts.put("both kinds of groups", GroupScripts::bothKinds);
        return scripts;
    }

    private static void prepare(Conversation with) {
        with.call("x", Requests.createTopic(with.name("t"), 2, Map.of()), 7, CreateTopicsResponseData.class);
        with.awaitLeaders(with.name("t"), 2);
        // Coordinators hear of the topic after the partitions do.
        with.awaitChanges();
        TransactionScripts.coordinator(with, (byte) 0, "g");
        awaitLoaded(with);
    }

    /** A broker is named as coordinator before it has read what it is to coordinate. */
    private static void awaitLoaded(Conversation with) {
        long until = System.nanoTime() + 30_000_000_000L;
        short error;
        do {
            error = with.look("x", Requests.describe(with.name("g")), 5, DescribeGroupsResponseData.class)
                    .groups()
                    .get(0)
                    .errorCode();
            Pause.briefly();
        } while (error != 0 && System.nanoTime() < until);
    }

    private static JoinGroupResponseData join(Conversation with, String who, String memberId, String... protocols) {
        return with.call(who, Requests.join(with.name("g"), memberId, null, protocols), 9, JoinGroupResponseData.class);
    }

    /** A new member gets its id first. */
    private static String memberId(Conversation with, String who, String... protocols) {
        return join(with, who, "", protocols).memberId();
    }

    private static SyncGroupResponseData sync(
            Conversation with, String who, String memberId, int generation, String... assignedTo) {
        return with.call(
                who,
                Requests.sync(with.name("g"), memberId, generation, assignedTo)
                        .setProtocolType("consumer")
                        .setProtocolName("range"),
                5,
                SyncGroupResponseData.class);
    }

    private static short heartbeat(Conversation with, String who, String memberId, int generation) {
        return with.call(who, Requests.heartbeat(with.name("g"), memberId, generation), 4, HeartbeatResponseData.class)
                .errorCode();
    }

    private static void describe(Conversation with) {
        with.call("x", Requests.describe(with.name("g")), 5, DescribeGroupsResponseData.class);
    }

    private static void alone(Conversation with) {
        prepare(with);
        describe(with);
        heartbeat(with, "a", "nobody", 1);
        join(with, "a", "nobody", "range");
        String member = memberId(with, "a", "range", "roundrobin");
        describe(with);
        heartbeat(with, "a", member, 0);
        JoinGroupResponseData joined = join(with, "a", member, "range", "roundrobin");
        int generation = joined.generationId();
        describe(with);
        heartbeat(with, "a", member, generation);
        heartbeat(with, "a", member, generation + 1);
        commit(with, member, generation, 1);
        sync(with, "a", member, generation + 1, member);
        sync(with, "a", "nobody", generation, member);
        with.call(
                "a",
                Requests.sync(with.name("g"), member, generation, member)
                        .setProtocolType("other")
                        .setProtocolName("range"),
                5,
                SyncGroupResponseData.class);
        sync(with, "a", member, generation, member);
        sync(with, "a", member, generation);
        describe(with);
        heartbeat(with, "a", member, generation);
        heartbeat(with, "a", member, generation - 1);
        commit(with, member, generation, 5);
        commit(with, member, generation - 1, 6);
        commit(with, "nobody", generation, 7);
        commit(with, "", -1, 8);
        join(with, "a", member, "range", "roundrobin");
        sync(with, "a", member, generation + 1, member);
        delete(with);
        leave(with, "a", "nobody", null);
        leave(with, "a", member, null);
        leave(with, "a", member, null);
        describe(with);
        commit(with, "", -1, 9);
        list(with);
        delete(with);
        delete(with);
        describe(with);
        list(with);
    }

    private static void two(Conversation with) {
        prepare(with);
        String a = memberId(with, "a", "range");
        int generation = join(with, "a", a, "range").generationId();
        sync(with, "a", a, generation, a);
        String b = memberId(with, "b", "range");
        heartbeat(with, "a", a, generation);
        with.ask("b", Requests.join(with.name("g"), b, null, "range"), 9);
        awaitError(with, "a", a, generation);
        heartbeat(with, "a", a, generation);
        commit(with, a, generation, 3);
        sync(with, "a", a, generation);
        with.ask("a", Requests.join(with.name("g"), a, null, "range"), 9);
        JoinGroupResponseData byA = with.await("a", JoinGroupResponseData.class);
        with.await("b", JoinGroupResponseData.class);
        int next = byA.generationId();
        with.ask(
                "b",
                Requests.sync(with.name("g"), b, next)
                        .setProtocolType("consumer")
                        .setProtocolName("range"),
                5);
        heartbeat(with, "a", a, next);
        sync(with, "a", a, next, a, b);
        with.await("b", SyncGroupResponseData.class);
        describe(with);
        heartbeat(with, "a", a, next);
        heartbeat(with, "b", b, next);
        leave(with, "b", b, null);
        awaitError(with, "a", a, next);
        heartbeat(with, "b", b, next);
        int last = join(with, "a", a, "range").generationId();
        sync(with, "a", a, last, a);
        describe(with);
    }

    /** Waits, without noting, until a heartbeat is refused: the rebalance has begun. */
    private static void awaitError(Conversation with, String who, String memberId, int generation) {
        long until = System.nanoTime() + 60_000_000_000L;
        while (System.nanoTime() < until) {
            HeartbeatResponseData answer = with.look(
                    who, Requests.heartbeat(with.name("g"), memberId, generation), 4, HeartbeatResponseData.class);
            if (answer.errorCode() != 0) {
                return;
            }
            Pause.briefly();
        }
    }

    private static void protocols(Conversation with) {
        prepare(with);
        String a = memberId(with, "a", "range", "sticky");
        int generation = join(with, "a", a, "range", "sticky").generationId();
        sync(with, "a", a, generation, a);
        join(with, "b", "", "roundrobin");
        with.call(
                "b",
                Requests.join(with.name("g"), "", null, "range").setProtocolType("connect"),
                9,
                JoinGroupResponseData.class);
        with.call(
                "b",
                Requests.join(with.name("g"), "", null, "range").setProtocolType(""),
                9,
                JoinGroupResponseData.class);
        join(with, "b", "");
        String b = memberId(with, "b", "sticky");
        with.ask("b", Requests.join(with.name("g"), b, null, "sticky"), 9);
        awaitError(with, "a", a, generation);
        with.ask("a", Requests.join(with.name("g"), a, null, "range", "sticky"), 9);
        with.await("a", JoinGroupResponseData.class);
        with.await("b", JoinGroupResponseData.class);
        describe(with);
    }

    private static void staticMembers(Conversation with) {
        prepare(with);
        JoinGroupResponseData first =
                with.call("a", Requests.join(with.name("g"), "", "one", "range"), 9, JoinGroupResponseData.class);
        String a = first.memberId();
        sync(with, "a", a, first.generationId(), a);
        describe(with);
        // The same instance comes again, as after a restart: same generation, another member id.
        JoinGroupResponseData again =
                with.call("b", Requests.join(with.name("g"), "", "one", "range"), 9, JoinGroupResponseData.class);
        String b = again.memberId();
        with.call(
                "a",
                Requests.heartbeat(with.name("g"), a, first.generationId()).setGroupInstanceId("one"),
                4,
                HeartbeatResponseData.class);
        heartbeat(with, "a", a, first.generationId());
        with.call(
                "b",
                Requests.heartbeat(with.name("g"), b, again.generationId()).setGroupInstanceId("one"),
                4,
                HeartbeatResponseData.class);
        with.call(
                "b",
                Requests.sync(with.name("g"), b, again.generationId())
                        .setGroupInstanceId("one")
                        .setProtocolType("consumer")
                        .setProtocolName("range"),
                5,
                SyncGroupResponseData.class);
        with.call("a", Requests.join(with.name("g"), a, "one", "range"), 9, JoinGroupResponseData.class);
        with.call("a", Requests.join(with.name("g"), a, "other", "range"), 9, JoinGroupResponseData.class);
        describe(with);
        leave(with, "a", "", "nobody");
        leave(with, "a", a, "one");
        leave(with, "a", "", "one");
        describe(with);
    }

    private static void nobody(Conversation with) {
        prepare(with);
        commit(with, "", -1, 1);
        describe(with);
        commit(with, "", 5, 2);
        commit(with, "somebody", -1, 3);
        fetchOffsets(with, true);
        list(with);
        String a = memberId(with, "a", "range");
        int generation = join(with, "a", a, "range").generationId();
        commit(with, "", -1, 4);
        sync(with, "a", a, generation, a);
        commit(with, "", -1, 5);
        fetchOffsets(with, true);
        leave(with, "a", a, null);
        commit(with, "", -1, 6);
        fetchOffsets(with, true);
        delete(with);
        fetchOffsets(with, true);
    }

    private static void offsets(Conversation with) {
        prepare(with);
        for (int version : new int[] {2, 5, 7, 8, 9}) {
            with.call(
                    "x",
                    Requests.commit(with.name("g"), "", -1, with.name("t"), 1, version),
                    version,
                    OffsetCommitResponseData.class);
        }
        with.call(
                "x", Requests.commit(with.name("g"), "", -1, with.name("t"), 9, 1), 8, OffsetCommitResponseData.class);
        with.call(
                "x",
                Requests.commit(with.name("g"), "", -1, with.name("nothing"), 0, 1),
                8,
                OffsetCommitResponseData.class);
        var large = Requests.commit(with.name("g"), "", -1, with.name("t"), 0, 1);
        large.topics().get(0).partitions().get(0).setCommittedMetadata("x".repeat(5_000));
        with.call("x", large, 8, OffsetCommitResponseData.class);
        fetchOffsets(with, false);
        with.call("x", Requests.fetchOffsets(with.name("g"), null, false), 8, OffsetFetchResponseData.class);
        with.call(
                "x",
                Requests.fetchOffsets(with.name("g"), with.name("nothing"), false),
                8,
                OffsetFetchResponseData.class);
        with.call(
                "x",
                Requests.fetchOffsets(with.name("other"), with.name("t"), false),
                8,
                OffsetFetchResponseData.class);
        for (String topic : new String[] {"t", "nothing"}) {
            OffsetDeleteRequestData delete = new OffsetDeleteRequestData().setGroupId(with.name("g"));
            delete.topics()
                    .add(new OffsetDeleteRequestData.OffsetDeleteRequestTopic()
                            .setName(with.name(topic))
                            .setPartitions(List.of(
                                    new OffsetDeleteRequestData.OffsetDeleteRequestPartition().setPartitionIndex(1))));
            with.call("x", delete, 0, OffsetDeleteResponseData.class);
        }
        fetchOffsets(with, false);
        OffsetDeleteRequestData unknown = new OffsetDeleteRequestData().setGroupId(with.name("other"));
        with.call("x", unknown, 0, OffsetDeleteResponseData.class);
    }

    private static void impossible(Conversation with) {
        prepare(with);
        with.call("x", Requests.join("", "", null, "range"), 9, JoinGroupResponseData.class);
        with.call(
                "x",
                Requests.join(with.name("g"), "", null, "range").setSessionTimeoutMs(1),
                9,
                JoinGroupResponseData.class);
        with.call(
                "x",
                Requests.join(with.name("g"), "", null, "range").setSessionTimeoutMs(10_000_000),
                9,
                JoinGroupResponseData.class);
        with.call("x", Requests.heartbeat("", "a", 1), 4, HeartbeatResponseData.class);
        with.call("x", Requests.sync("", "a", 1), 3, SyncGroupResponseData.class);
        with.call("x", Requests.leave("", "a", null), 5, LeaveGroupResponseData.class);
        with.call("x", Requests.leave(with.name("g"), "a", null), 5, LeaveGroupResponseData.class);
        with.call("x", Requests.deleteGroup(""), 2, DeleteGroupsResponseData.class);
        with.call("x", Requests.describe(""), 5, DescribeGroupsResponseData.class);
        with.call("x", Requests.commit("", "", -1, with.name("t"), 0, 1), 8, OffsetCommitResponseData.class);
    }

    private static ConsumerGroupHeartbeatResponseData beat(
            Conversation with, String who, ConsumerGroupHeartbeatRequestData request) {
        return with.call(who, request, 0, ConsumerGroupHeartbeatResponseData.class);
    }

    private static ConsumerGroupHeartbeatRequestData beat(String group, String memberId, int epoch) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setMemberEpoch(epoch);
    }

    private static void describeConsumers(Conversation with) {
        with.call(
                "x",
                new ConsumerGroupDescribeRequestData().setGroupIds(List.of(with.name("g"))),
                0,
                ConsumerGroupDescribeResponseData.class);
    }

    private static void consumerGroup(Conversation with) {
        prepare(with);
        String group = with.name("g");
        List<String> topics = List.of(with.name("t"));
        describeConsumers(with);
        beat(with, "a", beat(group, "nobody", 3));
        beat(with, "a", Requests.consumerHeartbeat("", "", 0, topics));
        beat(with, "a", Requests.consumerHeartbeat(group, "", 0, topics).setServerAssignor("nothing"));
        beat(with, "a", Requests.consumerHeartbeat(group, "", 0, topics).setRebalanceTimeoutMs(-1));
        beat(with, "a", Requests.consumerHeartbeat(group, "", 0, null));
        ConsumerGroupHeartbeatResponseData joined = beat(with, "a", Requests.consumerHeartbeat(group, "", 0, topics));
        String member = joined.memberId();
        int epoch = joined.memberEpoch();
        describeConsumers(with);
        describe(with);
        list(with);
        beat(with, "a", beat(group, member, epoch));
        beat(with, "a", owning(beat(group, member, epoch), joined));
        beat(with, "a", beat(group, member, epoch + 1));
        beat(with, "a", beat(group, member, epoch - 1));
        describeConsumers(with);
        for (int at : new int[] {epoch, epoch + 1, epoch - 1, -1}) {
            with.call(
                    "x",
                    Requests.commit(group, member, at, with.name("t"), 0, 10 + at - epoch),
                    9,
                    OffsetCommitResponseData.class);
        }
        commit(with, "nobody", epoch, 1);
        commit(with, "", -1, 2);
        heartbeat(with, "a", member, epoch);
        join(with, "b", "", "range");
        delete(with);
        beat(with, "a", Requests.consumerHeartbeat(group, member, epoch, List.of(with.name("t"), with.name("u"))));
        beat(with, "a", beat(group, member, -1));
        beat(with, "a", beat(group, member, -1));
        describeConsumers(with);
        fetchOffsets(with, true);
        delete(with);
        describeConsumers(with);
    }

    /** Says that it has what it was given. */
    private static ConsumerGroupHeartbeatRequestData owning(
            ConsumerGroupHeartbeatRequestData request, ConsumerGroupHeartbeatResponseData given) {
        List<ConsumerGroupHeartbeatRequestData.TopicPartitions> owned = new ArrayList<>();
        if (given.assignment() != null) {
            given.assignment()
                    .topicPartitions()
                    .forEach(each -> owned.add(new ConsumerGroupHeartbeatRequestData.TopicPartitions()
                            .setTopicId(each.topicId())
                            .setPartitions(each.partitions())));
        }
        return request.setTopicPartitions(owned);
    }

    private static void twoConsumers(Conversation with) {
        prepare(with);
        String group = with.name("g");
        List<String> topics = List.of(with.name("t"));
        ConsumerGroupHeartbeatResponseData byA = beat(with, "a", Requests.consumerHeartbeat(group, "", 0, topics));
        String a = byA.memberId();
        beat(with, "a", owning(beat(group, a, byA.memberEpoch()), byA));
        ConsumerGroupHeartbeatResponseData byB = beat(with, "b", Requests.consumerHeartbeat(group, "", 0, topics));
        String b = byB.memberId();
        describeConsumers(with);
        ConsumerGroupHeartbeatResponseData less = beat(with, "a", beat(group, a, byA.memberEpoch()));
        beat(with, "b", beat(group, b, byB.memberEpoch()));
        describeConsumers(with);
        ConsumerGroupHeartbeatResponseData revoked = beat(with, "a", owning(beat(group, a, byA.memberEpoch()), less));
        ConsumerGroupHeartbeatResponseData more = beat(with, "b", beat(group, b, byB.memberEpoch()));
        beat(with, "b", owning(beat(group, b, more.memberEpoch()), more));
        describeConsumers(with);
        beat(with, "a", beat(group, a, -1));
        ConsumerGroupHeartbeatResponseData all = beat(with, "b", beat(group, b, more.memberEpoch()));
        beat(with, "b", owning(beat(group, b, all.memberEpoch()), all));
        describeConsumers(with);
        with.note("a had been asked to give something up: " + (revoked.errorCode() == 0));
    }

    private static void bothKinds(Conversation with) {
        prepare(with);
        String group = with.name("g");
        List<String> topics = List.of(with.name("t"));
        String a = memberId(with, "a", "range");
        int generation = join(with, "a", a, "range").generationId();
        sync(with, "a", a, generation, a);
        describeConsumers(with);
        beat(with, "b", beat(group, "somebody", 4));
        leave(with, "a", a, null);
        ConsumerGroupHeartbeatResponseData joined = beat(with, "b", Requests.consumerHeartbeat(group, "", 0, topics));
        describeConsumers(with);
        list(with);
        beat(with, "b", beat(group, joined.memberId(), -1));
        String again = memberId(with, "a", "range");
        join(with, "a", again, "range");
        describe(with);
    }

    private static void commit(Conversation with, String memberId, int generation, long offset) {
        with.call(
                "x",
                Requests.commit(with.name("g"), memberId, generation, with.name("t"), 0, offset),
                8,
                OffsetCommitResponseData.class);
    }

    private static void fetchOffsets(Conversation with, boolean stable) {
        with.call("x", Requests.fetchOffsets(with.name("g"), with.name("t"), stable), 8, OffsetFetchResponseData.class);
    }

    private static void leave(Conversation with, String who, String memberId, String instanceId) {
        with.call(who, Requests.leave(with.name("g"), memberId, instanceId), 5, LeaveGroupResponseData.class);
    }

    private static void delete(Conversation with) {
        with.call("x", Requests.deleteGroup(with.name("g")), 2, DeleteGroupsResponseData.class);
    }

    /** Only this script's group: others run meanwhile. */
    private static void list(Conversation with) {
        ListGroupsResponseData answer = with.look("x", new ListGroupsRequestData(), 5, ListGroupsResponseData.class);
        with.note("listed: "
                + answer.groups().stream()
                        .filter(each -> each.groupId().equals(with.name("g")))
                        .map(each -> each.protocolType() + " " + each.groupState() + " " + each.groupType())
                        .toList());
    }

    /** Random calls of two classic members who never have to wait for one another for long. */
    static Script random(long seed) {
        return with -> {
            prepare(with);
            Random random = new Random(seed);
            String member = "";
            int generation = -1;
            for (int step = 0; step < 60; step++) {
                String id = random.nextInt(8) == 0 ? "nobody" : member;
                int at = generation + (random.nextInt(6) == 0 ? random.nextInt(3) - 1 : 0);
                switch (random.nextInt(9)) {
                    case 0, 1 -> {
                        JoinGroupResponseData joined = join(with, "a", id, "range");
                        if (joined.errorCode() == 79) {
                            member = joined.memberId();
                        } else if (joined.errorCode() == 0) {
                            generation = joined.generationId();
                            member = joined.memberId();
                        }
                    }
                    case 2, 3 -> sync(with, "a", id, at, id);
                    case 4 -> heartbeat(with, "a", id, at);
                    case 5 -> commit(with, id, at, step);
                    case 6 -> commit(with, "", -1, step);
                    case 7 -> fetchOffsets(with, true);
                    default -> {
                        if (random.nextInt(3) == 0) {
                            leave(with, "a", id, null);
                        } else if (random.nextInt(4) == 0) {
                            delete(with);
                        } else {
                            describe(with);
                        }
                    }
                }
            }
            describe(with);
            fetchOffsets(with, false);
        };
    }
}
