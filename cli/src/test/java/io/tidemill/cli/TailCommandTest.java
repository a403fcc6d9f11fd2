package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemill.cli.Cli.Outcome;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TailCommandTest {
    @TempDir
    Path data;

    private Cli cli;

    @BeforeEach
    void load() {
        cli = new Cli(data);
        cli.runWithInput(
                "{\"k\":\"a\",\"t\":0}\n{\"k\":\"b\",\"t\":1000}\n{\"k\":\"c\",\"t\":2000}\n",
                "load",
                "t",
                "-",
                "--partitions",
                "1",
                "--key",
                "k",
                "--timestamp",
                "t");
    }

    @Test
    void showsWhatIsThere() {
        assertThat(cli.run("tail", "t").lines())
                .containsExactly(
                        "0@0  1970-01-01T00:00:00Z  a  {\"k\":\"a\",\"t\":0}",
                        "0@1  1970-01-01T00:00:01Z  b  {\"k\":\"b\",\"t\":1000}",
                        "0@2  1970-01-01T00:00:02Z  c  {\"k\":\"c\",\"t\":2000}");
    }

    @Test
    void beginsAndEndsWhereItIsTold() {
        assertThat(cli.run("tail", "t", "--from", "1", "--max", "1").out())
                .startsWith("0@1 ")
                .hasLineCount(1);
        assertThat(cli.run("tail", "t", "--from", "end").out()).isEmpty();
        assertThat(cli.run("tail", "t", "--from", "99").out()).isEmpty();
        assertThat(cli.run("tail", "t", "--max", "0").out()).isEmpty();
        assertThat(cli.run("tail", "t", "--from", "beginning").lines()).hasSize(3);
    }

    @Test
    void asObjects() {
        List<JsonNode> records = cli.run("tail", "t", "--json").objects();
        JsonNode first = records.get(0);
        assertThat(first.get("topic").asText()).isEqualTo("t");
        assertThat(first.get("partition").asInt()).isZero();
        assertThat(first.get("offset").asInt()).isZero();
        assertThat(first.get("timestamp").asText()).isEqualTo("1970-01-01T00:00:00Z");
        assertThat(first.get("key").asText()).isEqualTo("a");
        assertThat(first.get("headers")).isEmpty();
        assertThat(first.get("value").asText()).isEqualTo("{\"k\":\"a\",\"t\":0}");
    }

    @Test
    void controlCharactersDoNotReachTheTerminal() {
        cli.run(new ByteArrayInputStream("\u001b[2Jx\u202ey\n".getBytes(StandardCharsets.UTF_8)), "load", "evil", "-");
        assertThat(cli.run("tail", "evil").out())
                .contains("\\u001b[2Jx\\u202ey")
                .doesNotContain("\u001b");
    }

    @Test
    void followsUntilStopped() throws Exception {
        Cli.Running following = cli.start("tail", "t", "-f", "--from", "end");
        TimeUnit.MILLISECONDS.sleep(300);
        assertThat(following.isDone()).isFalse();
        cli.stop.request();
        assertThat(following.await().exitCode()).isZero();
    }

    @Test
    void anUnknownTopic() {
        Outcome unknown = cli.run("tail", "nosuch");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("there is no topic 'nosuch'").hasLineCount(1);
    }
}
