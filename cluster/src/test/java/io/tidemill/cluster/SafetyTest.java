package io.tidemill.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.cluster.Safety.Use;
import io.tidemill.log.LogException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SafetyTest {
    private static final String UNCLEAN = "unclean.leader.election.enable";
    private static final String MIN = "min.insync.replicas";

    private static void refused(String whatToChange, Use use) {
        assertThatThrownBy(() -> Safety.require("p", List.of(use)))
                .isInstanceOfSatisfying(
                        LogException.class, e -> assertThat(e.code()).isEqualTo(LogException.Code.INVALID))
                .hasMessageContaining("'p' could lose what it has committed")
                .hasMessageContaining("topic 't'")
                .hasMessageContaining(whatToChange);
    }

    private static void taken(Use use) {
        assertThatCode(() -> Safety.require("p", List.of(use))).doesNotThrowAnyException();
    }

    @Test
    void aReplicaThatLacksRecordsMustNotLead() {
        refused(UNCLEAN + "=false", new Use("t", 2, false, Map.of(UNCLEAN, "true", MIN, "2")));
        taken(new Use("t", 1, false, Map.of(UNCLEAN, "true")));
        taken(new Use("t", 3, false, Map.of(UNCLEAN, "false")));
    }

    @Test
    void oneOfThreeReplicasIsNotEnoughToAcknowledge() {
        refused(MIN + "=2", new Use("t", 3, true, Map.of(MIN, "1")));
        refused(MIN + "=2", new Use("t", 3, true, Map.of()));
        taken(new Use("t", 3, false, Map.of(MIN, "1")));
        taken(new Use("t", 2, true, Map.of(MIN, "1")));
        taken(new Use("t", 3, true, Map.of(MIN, "2")));
    }

    @Test
    void whatIsWrittenMustNotBeOldAtOnce() {
        refused("message.timestamp.type=LogAppendTime", new Use("t", 1, true, Map.of("retention.ms", "1000")));
        taken(new Use("t", 1, false, Map.of("retention.ms", "1000")));
        taken(new Use("t", 1, true, Map.of("retention.ms", "-1")));
        taken(new Use("t", 1, true, Map.of("retention.ms", "1000", "cleanup.policy", "compact")));
        taken(new Use("t", 1, true, Map.of("retention.ms", "1000", "message.timestamp.type", "LogAppendTime")));
    }

    @Test
    void allMistakesAreToldTogether() {
        assertThatThrownBy(() -> Safety.require(
                        "p",
                        List.of(
                                new Use("a", 3, true, Map.of(UNCLEAN, "true", MIN, "1")),
                                new Use("b", 1, true, Map.of("retention.ms", "1")))))
                .hasMessageContainingAll("'a'", UNCLEAN, MIN, "'b'", "retention.ms=-1");
    }
}
