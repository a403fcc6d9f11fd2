package io.tidemill.compat.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemill.doctor.Cause;
import io.tidemill.doctor.Confidence;
import io.tidemill.doctor.Diagnosis;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that give no reasons, a coordinator that restarts, and a look from outside. */
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class OtherClientsTest {
    @TempDir
    Path directory;

    private Scene scene;

    @BeforeEach
    void start() {
        scene = new Scene(directory.resolve("log"));
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    private static Diagnosis expect(Cause cause, Diagnosis diagnosis) {
        assertThat(diagnosis.findings().get(0).cause())
                .as(String.join("\n", diagnosis.lines(120)))
                .isEqualTo(cause);
        return diagnosis;
    }

    @Test
    void librdkafkaDoesNotPoll() throws Exception {
        assumeTrue(OtherClient.works("kcat", "-V"), "kcat is not installed");

        Diagnosis diagnosis =
                expect(Cause.POLL_INTERVAL_EXCEEDED, new Scenarios(scene, "classic").librdkafkaDoesNotPoll());

        assertThat(diagnosis.isHealthy()).isFalse();
        assertThat(diagnosis.findings().get(0).confidence()).isGreaterThanOrEqualTo(Confidence.MEDIUM);
    }

    @Test
    void kafkajsTakesLong() throws Exception {
        assumeTrue(OtherClient.works("node", "-e", "require('kafkajs')"), "node finds no kafkajs: see NODE_PATH");

        Diagnosis diagnosis = expect(Cause.SESSION_STALL, new Scenarios(scene, "classic").kafkajsTakesLong(directory));

        assertThat(String.join(" ", diagnosis.lines(200))).contains("kafkajs").contains("heartbeat()");
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void coordinatorRestarted(String protocol) throws Exception {
        Diagnosis diagnosis =
                expect(Cause.COORDINATOR_RESTARTED, new Scenarios(scene, protocol).coordinatorRestarted());

        assertThat(diagnosis.isHealthy()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void fromOutsideChurnIsSeenButNotSure(String protocol) throws Exception {
        Diagnosis diagnosis = expect(Cause.CHURN, new Scenarios(scene, protocol).polledChurn());

        assertThat(diagnosis.findings().get(0).confidence()).isLessThan(Confidence.HIGH);
        assertThat(diagnosis.findings().get(0).alternatives()).contains(Cause.POLL_INTERVAL_EXCEEDED);
        assertThat(diagnosis.notes()).anyMatch(each -> each.startsWith("Seen from outside only"));
    }

    @Test
    void fromOutsideTopicsAreSeen() throws Exception {
        expect(Cause.TOPICS_CHANGED, new Scenarios(scene, "classic").polledTopics());
    }

    @Test
    void fromOutsideAHealthyGroupIsHealthy() throws Exception {
        Diagnosis diagnosis = new Scenarios(scene, "classic").polledHealthy();

        assertThat(diagnosis.lines(100).get(0)).endsWith("nothing wrong.");
    }
}
