package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemill.cli.Cli.Outcome;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicsCommandsTest {
    @TempDir
    Path data;

    private Cli cli;

    @BeforeEach
    void open() {
        cli = new Cli(data);
    }

    @Test
    void createListDescribeDelete() {
        Outcome created = cli.run("topics", "create", "events", "--partitions", "3", "--retention", "12h");
        assertThat(created.exitCode()).isZero();
        assertThat(created.out()).isEqualTo("Created topic 'events' with 3 partitions, kept for 12h.\n");
        assertThat(cli.run("topics", "list").out()).contains("topic", "events", "for 12h");
        assertThat(cli.run("topics", "describe", "events").out())
                .contains("Topic 'events', kept for 12h", "end offset");
        assertThat(cli.run("topics", "delete", "events").out()).isEqualTo("Deleted topic 'events'.\n");
        assertThat(cli.run("topics", "list").out()).startsWith("There are no topics yet");
    }

    @Test
    void allSettingsAsJson() {
        JsonNode topic = cli.run(
                        "topics",
                        "create",
                        "t",
                        "--json",
                        "--partitions=2",
                        "--retention=forever",
                        "--retention-bytes=1GiB",
                        "--record-bytes-max=64KiB",
                        "--compacted")
                .objects()
                .get(0);
        assertThat(topic.get("type").asText()).isEqualTo("topic");
        assertThat(topic.get("partitions").asInt()).isEqualTo(2);
        assertThat(topic.get("retention").isNull()).isTrue();
        assertThat(topic.get("retentionBytes").asLong()).isEqualTo(1L << 30);
        assertThat(topic.get("recordBytesMax").asInt()).isEqualTo(64 << 10);
        assertThat(topic.get("compacted").asBoolean()).isTrue();
        JsonNode described =
                cli.run("topics", "describe", "t", "--json").objects().get(0);
        assertThat(described.get("ranges")).hasSize(2);
        assertThat(cli.run("topics", "list", "--json").objects()).hasSize(1);
        assertThat(cli.run("topics", "delete", "t", "--json")
                        .objects()
                        .get(0)
                        .get("name")
                        .asText())
                .isEqualTo("t");
    }

    @Test
    void defaultsAreFourPartitionsForAWeek() {
        JsonNode topic = cli.run("topics", "create", "t", "--json").objects().get(0);
        assertThat(topic.get("partitions").asInt()).isEqualTo(4);
        assertThat(topic.get("retention").asText()).isEqualTo("PT168H");
        assertThat(topic.get("recordBytesMax").asInt()).isEqualTo(1 << 20);
    }

    @Test
    void whatIsThereAndWhatIsNotThere() {
        cli.run("topics", "create", "t");
        Outcome twice = cli.run("topics", "create", "t");
        assertThat(twice.exitCode()).isEqualTo(2);
        assertThat(twice.err()).contains("'t' exists already");
        for (String command : new String[] {"describe", "delete"}) {
            Outcome unknown = cli.run("topics", command, "u");
            assertThat(unknown.exitCode()).isEqualTo(2);
            assertThat(unknown.err()).contains("there is no topic 'u'").hasLineCount(1);
        }
    }
}
