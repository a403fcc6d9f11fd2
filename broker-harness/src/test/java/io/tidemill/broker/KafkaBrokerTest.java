package io.tidemill.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class KafkaBrokerTest {
    @Test
    @Timeout(600)
    void killedAndStartedAgainItIsTheSameBroker() throws Exception {
        long pid;
        try (KafkaBroker broker = KafkaBroker.builder()
                        .property("transaction.max.timeout.ms", "123456")
                        .start();
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic("kept", 3, (short) 1)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            long killed = broker.pid();
            broker.kill();
            assertThat(ProcessHandle.of(killed).filter(ProcessHandle::isAlive)).isEmpty();

            broker.restart();

            assertThat(admin.listTopics().names().get(30, TimeUnit.SECONDS)).contains("kept");
            pid = broker.pid();
        }
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }
}
