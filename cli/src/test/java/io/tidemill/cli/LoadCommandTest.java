package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemill.cli.Cli.Outcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadCommandTest {
    @TempDir
    Path temp;

    private Cli cli;

    @BeforeEach
    void open() {
        cli = new Cli(temp.resolve("data"));
    }

    private List<JsonNode> records(String topic) {
        return cli.run("tail", topic, "--json").objects();
    }

    @Test
    void linesBecomeRecordsByteForByte() throws Exception {
        byte[] bytes = "{\"a\":1}\n\n  x \r\n\r\n\u0001not json\n{\"a\":2}".getBytes(StandardCharsets.UTF_8);
        Path file = Files.write(temp.resolve("lines"), bytes);
        Outcome loaded = cli.run("load", "t", file.toString(), "--partitions", "1");
        assertThat(loaded.exitCode()).isZero();
        assertThat(loaded.out()).contains("Loaded 4 records", "durability DISK", "2 blank lines skipped");
        assertThat(records("t"))
                .extracting(record -> record.get("value").asText())
                .containsExactly("{\"a\":1}", "  x \r", "\u0001not json", "{\"a\":2}");
    }

    @Test
    void bytesThatAreNoTextAreKept() {
        InputStream in = new ByteArrayInputStream(new byte[] {(byte) 0xff, 0, (byte) 0xc3, '\n'});
        assertThat(cli.run(in, "load", "t", "-").exitCode()).isZero();
        assertThat(records("t").get(0).get("valueBase64").asText()).isEqualTo("/wDD");
    }

    @Test
    void keysAndTimestampsComeFromFields() {
        String lines = """
                {"id":"a","at":"2001-01-01T00:00:00Z"}
                {"at":978307200000,"id":7}
                {"nested":{"id":"no","at":1},"id":true,"at":"2001-01-01T01:00:00+01:00"}
                {"id":null,"at":"yesterday"}
                {"id":"b","at":-5}
                {broken
                """;
        Outcome loaded = cli.runWithInput(lines, "load", "t", "-", "--key", "id", "--timestamp", "at", "--json");
        assertThat(loaded.exitCode()).isZero();
        JsonNode summary = loaded.summary();
        assertThat(summary.get("records").asInt()).isEqualTo(6);
        assertThat(summary.get("withoutKey").asInt()).isEqualTo(2);
        assertThat(summary.get("withoutTimestamp").asInt()).isEqualTo(3);
        assertThat(summary.get("durability").asText()).isEqualTo("DISK");
        Map<String, String> timestamps = new TreeMap<>();
        for (JsonNode record : records("t")) {
            timestamps.merge(record.get("key").asText(), record.get("timestamp").asText(), (a, b) -> a + " " + b);
        }
        assertThat(timestamps)
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "a", "2001-01-01T00:00:00Z",
                        "7", "2001-01-01T00:00:00Z",
                        "true", "2001-01-01T00:00:00Z",
                        "b", "null",
                        "null", "null null"));
    }

    @Test
    void aKeyAlwaysLiesInTheSamePartition() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            lines.append("{\"id\":\"key-").append(i % 50).append("\"}\n");
        }
        cli.runWithInput(lines.toString(), "load", "t", "-", "--key", "id");
        Map<String, Integer> partitions = new TreeMap<>();
        for (JsonNode record : records("t")) {
            Integer before = partitions.put(
                    record.get("key").asText(), record.get("partition").asInt());
            assertThat(before == null || before == record.get("partition").asInt())
                    .isTrue();
        }
        assertThat(partitions).hasSize(50);
        assertThat(partitions.values()).contains(0, 1, 2, 3);
        partitions.forEach((key, partition) -> assertThat(partition)
                .isEqualTo(BuiltInPartitioner.partitionForKey(key.getBytes(StandardCharsets.UTF_8), 4)));
    }

    @Test
    void anOversizeLineIsRefusedAndToldAndTheRestIsLoaded() {
        cli.run("topics", "create", "t", "--record-bytes-max", "1KiB");
        String lines = "first\n" + "x".repeat(1_024) + "\n" + "y".repeat(1_024 - 32) + "\nlast\n";
        Outcome loaded = cli.runWithInput(lines, "load", "t", "-", "--json");
        assertThat(loaded.exitCode()).isEqualTo(3);
        assertThat(loaded.err())
                .startsWith("tidemill: 1 line refused")
                .contains("in line 2:", "--record-bytes-max")
                .hasLineCount(1);
        assertThat(loaded.summary().get("records").asInt()).isEqualTo(3);
        assertThat(loaded.summary().get("refused").asInt()).isEqualTo(1);
        assertThat(loaded.summary().get("refusedLines").get(0).asInt()).isEqualTo(2);
        assertThat(records("t")).hasSize(3);
    }

    @Test
    void aKeyThatMakesARecordTooLargeIsRefusedToo() {
        cli.run("topics", "create", "t", "--record-bytes-max", "1KiB");
        String key = "k".repeat(400);
        Outcome loaded = cli.runWithInput("{\"id\":\"" + key + "\"}\n", "load", "t", "-", "--key", "id");
        assertThat(loaded.exitCode()).isZero();
        loaded = cli.runWithInput("{\"id\":\"" + key + "\"" + " ".repeat(200) + "}\n", "load", "t", "-", "--key", "id");
        assertThat(loaded.exitCode()).isEqualTo(3);
    }

    @Test
    void aLineOfHundredsOfMegabytesTakesNoMemory() {
        byte[] part = "z".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
        InputStream huge = new SequenceInputStream(Collections.enumeration(
                Stream.generate(() -> new ByteArrayInputStream(part)).limit(300).toList()));
        InputStream in =
                new SequenceInputStream(huge, new ByteArrayInputStream("\nsmall\n".getBytes(StandardCharsets.UTF_8)));
        Outcome loaded = cli.run(in, "load", "t", "-", "--json");
        assertThat(loaded.exitCode()).isEqualTo(3);
        assertThat(loaded.summary().get("bytes").asLong()).isEqualTo((300L << 20) + 7);
        assertThat(loaded.summary().get("records").asInt()).isEqualTo(1);
    }

    @Test
    void withoutKeysBatchesAreSpread() {
        String line = "x".repeat(1_000) + "\n";
        cli.runWithInput(line.repeat(5_000), "load", "t", "-");
        JsonNode ranges =
                cli.run("topics", "describe", "t", "--json").objects().get(0).get("ranges");
        for (JsonNode range : ranges) {
            assertThat(range.get("end").asInt()).isPositive();
        }
    }

    @Test
    void partitionsOfATopicThatExistsStay() {
        cli.run("topics", "create", "t", "--partitions", "2");
        Outcome refused = cli.runWithInput("x\n", "load", "t", "-", "--partitions", "4");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("has 2 partitions");
        assertThat(cli.runWithInput("x\n", "load", "t", "-", "--partitions", "2")
                        .exitCode())
                .isZero();
    }

    @Test
    void aFileThatFailsHalfwayTellsWhatIsLoaded() {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the cable is out");
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return read();
            }
        };
        byte[] lines = ("x".repeat(1_000) + "\n").repeat(2_500).getBytes(StandardCharsets.UTF_8);
        Outcome failed = cli.run(new SequenceInputStream(new ByteArrayInputStream(lines), failing), "load", "t", "-");
        assertThat(failed.exitCode()).isEqualTo(3);
        assertThat(failed.err())
                .contains("the cable is out", "records had been loaded before")
                .hasLineCount(1);
    }

    @Test
    void durabilityIsSaid() {
        assertThat(cli.runWithInput("x\n", "load", "t", "-", "--durability", "os")
                        .out())
                .contains("durability OS");
    }
}
