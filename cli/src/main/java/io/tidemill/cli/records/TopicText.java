package io.tidemill.cli.records;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Text;
import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A topic, described. */
public final class TopicText {
    private final Log log;
    private final TopicDescription topic;

    public TopicText(Log log, TopicDescription topic) {
        this.log = log;
        this.topic = topic;
    }

    /** {@code for 7d}, {@code the newest record of every key}, and what else is kept. */
    public String retention() {
        TopicConfig config = topic.config();
        List<String> parts = new ArrayList<>();
        if (config.compacted()) {
            parts.add("the newest record of every key");
        }
        Duration retention = config.retention();
        if (retention != null) {
            parts.add("for " + Text.duration(retention));
        }
        Long bytes = config.retentionBytes();
        if (bytes != null) {
            parts.add("up to " + Text.bytes(bytes) + " per partition");
        }
        return parts.isEmpty() ? "for ever" : String.join(", ", parts);
    }

    /** By partition. */
    public List<OffsetRange> offsets() {
        List<OffsetRange> ranges = new ArrayList<>();
        for (int i = 0; i < topic.config().partitions(); i++) {
            ranges.add(log.offsets(new TopicPartition(topic.name(), i)));
        }
        return ranges;
    }

    /** The offsets that it holds: records, but for those that compaction has removed. */
    public long span() {
        return offsets().stream()
                .mapToLong(range -> range.end() - range.start())
                .sum();
    }

    /** The groups that read it and, by partition, their next offsets; -1 where a group has none. */
    public Map<String, List<Long>> groups() {
        Map<String, List<Long>> groups = new TreeMap<>();
        log.groups().forEach((group, committed) -> {
            List<Long> offsets = new ArrayList<>();
            for (int i = 0; i < topic.config().partitions(); i++) {
                offsets.add(committed.getOrDefault(new TopicPartition(topic.name(), i), -1L));
            }
            if (offsets.stream().anyMatch(offset -> offset >= 0)) {
                groups.put(group, offsets);
            }
        });
        return groups;
    }

    public ObjectNode json() {
        TopicConfig config = topic.config();
        ObjectNode json = Json.object("topic")
                .put("name", topic.name())
                .put("id", topic.id().toString())
                .put("partitions", config.partitions())
                .put(
                        "retention",
                        config.retention() == null ? null : config.retention().toString())
                .put("retentionBytes", config.retentionBytes())
                .put("compacted", config.compacted())
                .put("recordBytesMax", config.recordBytesMax())
                .put("offsets", span());
        return json;
    }

    /** With offsets and groups. */
    public ObjectNode fullJson() {
        ObjectNode json = json();
        ArrayNode ranges = json.putArray("ranges");
        offsets()
                .forEach(range -> ranges.addObject().put("start", range.start()).put("end", range.end()));
        ObjectNode groups = json.putObject("groups");
        groups().forEach((group, offsets) -> {
            ArrayNode array = groups.putArray(group);
            offsets.forEach(array::add);
        });
        return json;
    }
}
