package io.tidemill.compat.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.broker.KafkaBroker;
import io.tidemill.doctor.Cause;
import io.tidemill.doctor.Confidence;
import io.tidemill.doctor.Diagnosis;
import io.tidemill.doctor.JournalSource;
import io.tidemill.doctor.Observations;
import io.tidemill.doctor.PolledSource;
import io.tidemill.doctor.RebalanceDoctor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cluster that keeps no journal. */
@Timeout(600)
class RealKafkaTest {
    private static KafkaBroker kafka;

    @BeforeAll
    static void start() {
        kafka = KafkaBroker.builder()
                .property("group.initial.rebalance.delay.ms", "0")
                .property("group.min.session.timeout.ms", "500")
                .property("group.consumer.min.heartbeat.interval.ms", "300")
                .property("group.consumer.heartbeat.interval.ms", "300")
                .property("group.consumer.assignment.interval.ms", "0")
                .start();
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    private static Map<String, Object> connection() {
        return Map.of("bootstrap.servers", kafka.bootstrap());
    }

    private static Worker worker(String group, String client, String protocol) {
        return new Worker(kafka.bootstrap(), group, client, Map.of("group.protocol", protocol), group);
    }

    @Test
    void thereIsNoJournal() {
        JournalSource source = new JournalSource(connection(), Duration.ofSeconds(30), InstantSource.system());

        assertThat(source.read("any", Duration.ofHours(1))).isEmpty();
        assertThat(source.readAll(Duration.ofHours(1))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void churnIsSeenFromOutside(String protocol) throws Exception {
        String group = "churn-" + protocol;
        try (Admin admin = Admin.create(connection())) {
            admin.createTopics(List.of(new NewTopic(group, 4, (short) 1))).all().get(30, TimeUnit.SECONDS);
            try (Worker stays = worker(group, "worker-1", protocol)) {
                Scene.await("it has all", () -> stays.assigned.size() == 4);
                Watch watch = Watch.start(admin, group);
                for (int i = 0; i < 4; i++) {
                    try (Worker job = worker(group, "job", protocol)) {
                        Scene.awaitAssigned(4, stays, job);
                        watch.awaitLook();
                    }
                    Scene.await("it has all again", () -> stays.assigned.size() == 4);
                    watch.awaitLook();
                }
                Diagnosis diagnosis = RebalanceDoctor.diagnose(watch.end());

                assertThat(diagnosis.findings().get(0).cause())
                        .as(String.join("\n", diagnosis.lines(120)))
                        .isEqualTo(Cause.CHURN);
                assertThat(diagnosis.findings().get(0).confidence()).isLessThan(Confidence.HIGH);
                assertThat(diagnosis.findings().get(0).alternatives()).isNotEmpty();
            }
        }
    }

    @Test
    void aGroupThatDoesNotExistIsHealthy() {
        try (Admin admin = Admin.create(connection())) {
            Observations seen = new PolledSource(admin, InstantSource.system())
                    .watch("nobody", Duration.ofMillis(300), Duration.ofMillis(100));

            assertThat(RebalanceDoctor.diagnose(seen).isHealthy()).isTrue();
        }
    }
}
