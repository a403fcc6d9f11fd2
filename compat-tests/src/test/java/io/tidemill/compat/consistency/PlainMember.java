package io.tidemill.compat.consistency;

import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;

/** Commits after processing, without transactions. */
final class PlainMember extends Member {
    PlainMember(String name, String group, String protocol, History history, Clients clients, SplittableRandom random) {
        super(name, group, protocol, history, clients, random);
    }

    @Override
    void turn() {
        ConsumerRecords<String, String> records = poll();
        if (!records.isEmpty()) {
            consumer().commitSync(records.nextOffsets());
            history.promised(group, records.nextOffsets());
        }
        if (chance(200)) {
            history.event("leaves");
            close();
        }
    }

    @Override
    void recover(KafkaException failure) {
        close();
    }
}
