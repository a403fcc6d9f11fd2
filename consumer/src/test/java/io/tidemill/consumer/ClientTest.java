package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedMemberEpochException;
import org.apache.kafka.common.errors.StaleMemberEpochException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a poll throws when the group gives a member of KIP-848 up while its offset fetch is under way: a race that a process
 * stopped right after it joined loses once in sixty times, so Kafka's own double plays it.
 */
class ClientTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);

    private final MockConsumer<byte[], byte[]> kafka = new MockConsumer<>("earliest");
    private final Client client = new Client(kafka);

    @ParameterizedTest
    @ValueSource(
            classes = {UnknownMemberIdException.class, StaleMemberEpochException.class, FencedMemberEpochException.class
            })
    void aMemberThatTheGroupGaveUpPollsOn(Class<? extends KafkaException> told) throws Exception {
        kafka.assign(List.of(PARTITION));
        kafka.updateBeginningOffsets(Map.of(PARTITION, 0L));
        kafka.addRecord(new ConsumerRecord<>("t", 0, 0, new byte[0], new byte[0]));
        kafka.setPollException(told.getConstructor(String.class).newInstance("gone"));

        assertThat(client.poll(Duration.ZERO)).isEmpty();
        assertThat(client.poll(Duration.ZERO)).hasSize(1);
    }

    @Test
    void oneThatIsNotTakenInAgainForMoreThanAMinuteIsTold() {
        AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
        Client timed = new Client(kafka, nanos::get);
        kafka.assign(List.of(PARTITION));
        kafka.updateBeginningOffsets(Map.of(PARTITION, 0L));
        giveUp(timed);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
        giveUp(timed);
        timed.poll(Duration.ZERO);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
        giveUp(timed);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(61));

        assertThatThrownBy(() -> giveUp(timed)).isInstanceOf(UnknownMemberIdException.class);
    }

    private void giveUp(Client polling) {
        kafka.setPollException(new UnknownMemberIdException("gone"));
        assertThat(polling.poll(Duration.ZERO)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(classes = AuthorizationException.class)
    void whatNoPollMendsIsThrown(Class<? extends KafkaException> told) throws Exception {
        kafka.setPollException(told.getConstructor(String.class).newInstance("no"));

        assertThatThrownBy(() -> client.poll(Duration.ZERO)).isInstanceOf(told);
    }
}
