package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.History.Place;
import io.tidemill.log.LogException;
import io.tidemill.log.ProducerIdentity;
import io.tidemill.log.Written;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Has several batches under way, and sends them again in order when their answers are lost; none is ever given up. */
final class SimulatedIdempotentWriter extends SimulatedClient {
    private static final int UNDER_WAY_MAX = 5;

    private final String name;
    private final Deque<Sent> unanswered = new ArrayDeque<>();
    private final Map<TopicPartition, Integer> sequences = new HashMap<>();
    private int underWay;
    private @Nullable ProducerIdentity identity;
    private @Nullable ProducerIdentity offered;
    private @Nullable Sent last;
    private long lastOffset;
    private long number;

    SimulatedIdempotentWriter(String name, SimulatedNode node, History history, SplittableRandom random) {
        super(node, history, random);
        this.name = name;
    }

    @Override
    void step() {
        ProducerIdentity known = identity;
        if (known == null) {
            begin();
        } else if (underWay < unanswered.size()) {
            send(List.copyOf(unanswered).get(underWay));
        } else if (last != null && unanswered.isEmpty() && chance(6)) {
            sendLate(last);
        } else if (unanswered.size() < UNDER_WAY_MAX) {
            Sent sent = draw(known);
            unanswered.add(sent);
            send(sent);
        }
    }

    private void begin() {
        if (!isWaiting()) {
            request(
                    () -> {
                        Written<ProducerIdentity> written =
                                node.log().transactions().initProducer(null, Duration.ofMinutes(1), -1, (short) -1);
                        offered = written.value();
                        return written.sequence();
                    },
                    () -> identity = offered);
        }
    }

    private Sent draw(ProducerIdentity producer) {
        TopicPartition partition = any(Topics.SOURCES);
        List<String> values = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            values.add(new Value(name, number++, 0, 0, false).text());
        }
        int sequence = sequences.merge(partition, values.size(), Integer::sum) - values.size();
        return batch(producer, sequence, false, partition, values);
    }

    private void send(Sent sent) {
        underWay++;
        append(sent, base -> {
            if (!sent.equals(unanswered.poll())) {
                throw new AssertionError("answers come in order");
            }
            underWay--;
            last = sent;
            lastOffset = base;
            for (int i = 0; i < sent.values().size(); i++) {
                history.acknowledged(sent.values().get(i), new Place(sent.partition(), base + i));
            }
        });
    }

    /** A copy that was long on its way. */
    private void sendLate(Sent sent) {
        long expected = lastOffset;
        append(sent, base -> {
            if (base != expected) {
                history.violation(sent.values() + " were at " + expected + ", and sent again at " + base);
            }
        });
    }

    @Override
    void lost() {
        super.lost();
        underWay = 0;
    }

    @Override
    void refused(LogException refusal) {
        history.violation(name + " was refused: " + refusal);
    }
}
