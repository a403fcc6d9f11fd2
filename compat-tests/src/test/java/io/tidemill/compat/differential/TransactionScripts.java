package io.tidemill.compat.differential;

import io.tidemill.compat.differential.Requests.Producer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.Errors;

/** Idempotent and transactional producers. */
final class TransactionScripts {
    private static final int TIMEOUT_MILLIS = 60_000;

    private TransactionScripts() {}

    static Map<String, Script> all() {
        return Map.of(
                "idempotent producer", TransactionScripts::idempotent,
                "transaction committed", with -> endTo(with, true),
                "transaction aborted", with -> endTo(with, false),
                "transaction in the wrong state", TransactionScripts::wrongState,
                "fenced producer", TransactionScripts::fenced,
                "offsets in a transaction", TransactionScripts::offsets,
                "init with an expected producer", TransactionScripts::expected);
    }

    /** Random calls of two producers that share a transactional id now and then. */
    static Script random(long seed) {
        return with -> {
            Random random = new Random(seed);
            topic(with, "t");
            Producer[] producers = {init(with, "a"), init(with, "b")};
            String[] ids = {"a", "b"};
            int[][] sequences = new int[2][2];
            for (int step = 0; step < 60; step++) {
                int who = random.nextInt(2);
                int partition = random.nextInt(2);
                Producer producer = producers[who];
                switch (random.nextInt(10)) {
                    case 0 -> {
                        producers[who] = init(with, ids[who]);
                        sequences[who] = new int[2];
                    }
                    case 1, 2 -> add(with, ids[who], producer, partition);
                    case 3, 4, 5 -> {
                        if (produce(with, ids[who], producer.at(sequences[who][partition]), partition, 2)
                                == Errors.NONE.code()) {
                            sequences[who][partition] += 2;
                        }
                    }
                    case 6 -> end(with, ids[who], producer, true);
                    case 7 -> end(with, ids[who], producer, false);
                    case 8 -> fetch(with, partition, true);
                    default -> {
                        with.call(
                                "x",
                                Requests.addOffsets(with.name(ids[who]), producer, with.name("g" + who)),
                                3,
                                AddOffsetsToTxnResponseData.class);
                        with.call(
                                "x",
                                Requests.txnOffsetCommit(
                                        with.name(ids[who]), producer, with.name("g" + who), with.name("t"), 0, step),
                                3,
                                TxnOffsetCommitResponseData.class);
                    }
                }
            }
            for (int who = 0; who < 2; who++) {
                end(with, ids[who], producers[who], true);
            }
            fetch(with, 0, true);
            fetch(with, 1, true);
            fetch(with, 0, false);
            // A group each: of one group, Tidemill keeps the offset of the transaction that ends last, a broker the one
            // that was sent last. Where groups have members, only one of them may send.
            for (int who = 0; who < 2; who++) {
                with.call(
                        "x",
                        Requests.fetchOffsets(with.name("g" + who), with.name("t"), true),
                        8,
                        OffsetFetchResponseData.class);
            }
        };
    }

    private static void topic(Conversation with, String name) {
        with.call("x", Requests.createTopic(with.name(name), 2, Map.of()), 7, CreateTopicsResponseData.class);
        with.awaitLeaders(with.name(name), 2);
        coordinator(with, (byte) 1, "a");
        coordinator(with, (byte) 0, "g");
    }

    /** Asks until the coordinator is there: at its first use a broker makes its topic. */
    static void coordinator(Conversation with, byte type, String key) {
        long until = System.nanoTime() + 60_000_000_000L;
        while (System.nanoTime() < until) {
            FindCoordinatorResponseData answer = with.look(
                    "x",
                    new FindCoordinatorRequestData().setKeyType(type).setCoordinatorKeys(List.of(with.name(key))),
                    4,
                    FindCoordinatorResponseData.class);
            if (answer.coordinators().get(0).errorCode() == Errors.NONE.code()) {
                return;
            }
            Pause.briefly();
        }
        throw new IllegalStateException("no coordinator");
    }

    /** Asks again while an earlier transaction is still being ended, which takes a broker a moment. */
    private static Producer init(Conversation with, String id) {
        long until = System.nanoTime() + 60_000_000_000L;
        while (System.nanoTime() < until) {
            InitProducerIdResponseData answer =
                    with.look("x", Requests.init(with.name(id), TIMEOUT_MILLIS), 4, InitProducerIdResponseData.class);
            if (answer.errorCode() == Errors.NONE.code()) {
                // How often the epoch is bumped on the way is the server's affair.
                return new Producer(answer.producerId(), answer.producerEpoch(), 0, true);
            }
            Errors error = Errors.forCode(answer.errorCode());
            if (error != Errors.CONCURRENT_TRANSACTIONS
                    && error != Errors.NOT_COORDINATOR
                    && error != Errors.COORDINATOR_LOAD_IN_PROGRESS
                    && error != Errors.COORDINATOR_NOT_AVAILABLE) {
                throw new IllegalStateException("init: " + error);
            }
            Pause.briefly();
        }
        throw new IllegalStateException("init: still not possible");
    }

    private static short add(Conversation with, String id, Producer producer, int partition) {
        return retried(
                () -> with.look(
                                "x",
                                Requests.addPartition(with.name(id), producer, with.name("t"), partition),
                                3,
                                AddPartitionsToTxnResponseData.class)
                        .resultsByTopicV3AndBelow()
                        .iterator()
                        .next()
                        .resultsByPartition()
                        .iterator()
                        .next()
                        .partitionErrorCode(),
                code -> with.note("add " + partition + ": " + Errors.forCode(code)));
    }

    private static short produce(Conversation with, String id, Producer producer, int partition, int count) {
        return retried(
                () -> with.look(
                                "x",
                                Requests.produce(
                                        producer.transactional() ? with.name(id) : null,
                                        -1,
                                        with.name("t"),
                                        partition,
                                        Requests.records(producer, count)),
                                9,
                                ProduceResponseData.class)
                        .responses()
                        .iterator()
                        .next()
                        .partitionResponses()
                        .get(0)
                        .errorCode(),
                code -> with.note("produce to " + partition + ": " + Errors.forCode(code)));
    }

    private static short end(Conversation with, String id, Producer producer, boolean commit) {
        short code = retried(
                () -> with.look("x", Requests.end(with.name(id), producer, commit), 3, EndTxnResponseData.class)
                        .errorCode(),
                each -> with.note((commit ? "commit: " : "abort: ") + Errors.forCode(each)));
        awaitEnded(with, id);
        return code;
    }

    /** A broker answers before the markers are written. */
    private static void awaitEnded(Conversation with, String id) {
        long until = System.nanoTime() + 60_000_000_000L;
        boolean ending = true;
        while (ending && System.nanoTime() < until) {
            String state = with.look(
                            "x",
                            new DescribeTransactionsRequestData().setTransactionalIds(List.of(with.name(id))),
                            0,
                            DescribeTransactionsResponseData.class)
                    .transactionStates()
                    .get(0)
                    .transactionState();
            ending = state.startsWith("Prepare");
            if (ending) {
                Pause.briefly();
            }
        }
    }

    /** As every client does: a transaction that is still ending is waited for. */
    private static short retried(java.util.function.Supplier<Short> call, java.util.function.Consumer<Short> note) {
        long until = System.nanoTime() + 60_000_000_000L;
        short code = call.get();
        while ((code == Errors.CONCURRENT_TRANSACTIONS.code() || code == Errors.NOT_ENOUGH_REPLICAS.code())
                && System.nanoTime() < until) {
            Pause.briefly();
            code = call.get();
        }
        note.accept(code);
        return code;
    }

    /** What a reader sees once nothing is pending. */
    private static void fetch(Conversation with, int partition, boolean committedOnly) {
        FetchResponseData answer = with.look(
                "x", Requests.fetch(with.name("t"), partition, 0, committedOnly), 12, FetchResponseData.class);
        FetchResponseData.PartitionData data =
                answer.responses().get(0).partitions().get(0);
        with.note("fetch " + partition + ": " + Errors.forCode(data.errorCode()) + " high watermark "
                + data.highWatermark() + " stable " + data.lastStableOffset() + " aborted "
                + (data.abortedTransactions() == null
                        ? "none"
                        : data.abortedTransactions().stream()
                                .map(each -> each.firstOffset())
                                // A broker lists some that nobody can read yet.
                                .filter(each -> each < data.lastStableOffset())
                                .sorted()
                                .toList())
                + " records "
                + Requests.texts((org.apache.kafka.common.record.internal.Records) data.records()).stream()
                        .map(text -> text.replaceAll(" with epoch \\d+", ""))
                        .toList());
    }

    private static void idempotent(Conversation with) {
        topic(with, "t");
        InitProducerIdResponseData identity =
                with.look("x", Requests.init(null, TIMEOUT_MILLIS), 4, InitProducerIdResponseData.class);
        Producer producer = new Producer(identity.producerId(), identity.producerEpoch(), 0, false);
        int[] sequences = {0, 2, 4, 4, 2, 0, 8, 6, 5, 6, 8, 10, 12, 14, 4, 2, 0, 16};
        for (int sequence : sequences) {
            with.call(
                    "x",
                    Requests.produce(with.name("t"), 0, Requests.records(producer.at(sequence), 2)),
                    9,
                    ProduceResponseData.class);
        }
        for (int epoch : new int[] {1, 0, 1, 2}) {
            for (int sequence : new int[] {3, 0, 2, 18}) {
                with.call(
                        "x",
                        Requests.produce(
                                with.name("t"),
                                0,
                                Requests.records(producer.epoch(epoch).at(sequence), 2)),
                        9,
                        ProduceResponseData.class);
            }
        }
        Producer unknown = new Producer(987_654_321, (short) 3, 17, false);
        with.call("x", Requests.produce(with.name("t"), 1, Requests.records(unknown, 1)), 9, ProduceResponseData.class);
        fetch(with, 0, false);
        fetch(with, 1, false);
    }

    private static void endTo(Conversation with, boolean commit) {
        topic(with, "t");
        Producer producer = init(with, "a");
        produce(with, "a", Producer.NONE, 0, 1);
        add(with, "a", producer, 0);
        produce(with, "a", producer, 0, 3);
        fetch(with, 0, true);
        fetch(with, 0, false);
        for (boolean committedOnly : new boolean[] {true, false}) {
            for (long timestamp : new long[] {-1, -2, -3, Requests.NOW}) {
                with.call(
                        "x",
                        Requests.listOffsets(with.name("t"), 0, timestamp, committedOnly),
                        7,
                        ListOffsetsResponseData.class);
            }
        }
        produce(with, "a", producer.at(3), 0, 3);
        add(with, "a", producer, 1);
        end(with, "a", producer, commit);
        end(with, "a", producer, commit);
        end(with, "a", producer, !commit);
        for (int partition = 0; partition < 2; partition++) {
            fetch(with, partition, true);
            fetch(with, partition, false);
        }
        add(with, "a", producer, 0);
        produce(with, "a", producer.at(6), 0, 1);
        end(with, "a", producer, true);
        fetch(with, 0, true);
        with.call(
                "x",
                new DescribeTransactionsRequestData().setTransactionalIds(List.of(with.name("a"), with.name("nobody"))),
                0,
                DescribeTransactionsResponseData.class);
    }

    private static void wrongState(Conversation with) {
        topic(with, "t");
        Producer producer = init(with, "a");
        end(with, "a", producer, true);
        end(with, "a", producer, false);
        produce(with, "a", producer, 0, 1);
        add(with, "a", producer, 7);
        add(with, "a", producer.epoch(5), 0);
        add(with, "a", new Producer(producer.id() + 1_000, (short) 0, 0, true), 0);
        add(with, "b", producer, 0);
        end(with, "b", producer, true);
        add(with, "a", producer, 0);
        produce(with, "a", producer, 1, 1);
        // A batch of the transaction, from somebody who names no id.
        with.call(
                "x",
                Requests.produce(null, -1, with.name("t"), 0, Requests.records(producer, 1)),
                9,
                ProduceResponseData.class);
        produce(with, "a", producer.at(5), 0, 1);
        produce(with, "a", producer, 0, 1);
        produce(with, "a", producer, 0, 1);
        produce(with, "a", new Producer(producer.id(), producer.epoch(), 1, false), 0, 1);
        end(with, "a", producer.epoch(9), true);
        end(with, "a", producer, false);
        produce(with, "a", producer.at(1), 0, 1);
        for (int timeout : new int[] {0, -5, 2_000_000_000}) {
            with.call("x", Requests.init(with.name("c"), timeout), 4, InitProducerIdResponseData.class);
        }
        with.call("x", Requests.init("", TIMEOUT_MILLIS), 4, InitProducerIdResponseData.class);
        fetch(with, 0, true);
    }

    private static void fenced(Conversation with) {
        topic(with, "t");
        Producer first = init(with, "a");
        add(with, "a", first, 0);
        produce(with, "a", first, 0, 2);
        Producer second = init(with, "a");
        with.note("the same producer: " + (first.id() == second.id()));
        produce(with, "a", first.at(2), 0, 1);
        add(with, "a", first, 0);
        end(with, "a", first, true);
        fetch(with, 0, true);
        add(with, "a", second, 0);
        produce(with, "a", second.at(3), 0, 1);
        produce(with, "a", second, 0, 1);
        end(with, "a", second, true);
        fetch(with, 0, true);
    }

    private static void offsets(Conversation with) {
        topic(with, "t");
        Producer producer = init(with, "a");
        String group = with.name("g");
        commitOffsets(with, producer, group, 4);
        retried(
                () -> with.look(
                                "x",
                                Requests.addOffsets(with.name("a"), producer, group),
                                3,
                                AddOffsetsToTxnResponseData.class)
                        .errorCode(),
                code -> with.note("add offsets: " + Errors.forCode(code)));
        commitOffsets(with, producer, group, 5);
        fetchOffsets(with, group);
        end(with, "a", producer, false);
        fetchOffsets(with, group);
        retried(
                () -> with.look(
                                "x",
                                Requests.addOffsets(with.name("a"), producer, group),
                                3,
                                AddOffsetsToTxnResponseData.class)
                        .errorCode(),
                code -> with.note("add offsets: " + Errors.forCode(code)));
        commitOffsets(with, producer, group, 6);
        commitOffsets(with, producer.epoch(7), group, 7);
        end(with, "a", producer, true);
        fetchOffsets(with, group);
    }

    private static void commitOffsets(Conversation with, Producer producer, String group, long offset) {
        with.call(
                "x",
                Requests.txnOffsetCommit(with.name("a"), producer, group, with.name("t"), 0, offset),
                3,
                TxnOffsetCommitResponseData.class);
    }

    private static void fetchOffsets(Conversation with, String group) {
        long until = System.nanoTime() + 60_000_000_000L;
        // Ending is over when nothing is pending; how long that takes is the server's affair.
        for (boolean stable : new boolean[] {true, false}) {
            OffsetFetchResponseData answer = with.call(
                    "x", Requests.fetchOffsets(group, with.name("t"), stable), 8, OffsetFetchResponseData.class);
            if (answer.groups().isEmpty() || System.nanoTime() > until) {
                return;
            }
        }
    }

    private static void expected(Conversation with) {
        topic(with, "t");
        Producer producer = init(with, "a");
        for (int[] each : new int[][] {{0, 0}, {0, 0}, {0, 1}, {0, 5}, {1, 0}}) {
            InitProducerIdResponseData answer = with.look(
                    "x",
                    Requests.init(with.name("a"), TIMEOUT_MILLIS)
                            .setProducerId(producer.id() + each[0])
                            .setProducerEpoch((short) (producer.epoch() + each[1])),
                    4,
                    InitProducerIdResponseData.class);
            with.note("init as " + each[0] + "/" + each[1] + ": " + Errors.forCode(answer.errorCode()) + " epoch "
                    + (answer.producerEpoch() - producer.epoch()));
        }
    }
}
