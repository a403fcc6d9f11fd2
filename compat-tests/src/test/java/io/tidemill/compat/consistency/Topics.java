package io.tidemill.compat.consistency;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;

/** The topics of a run: writers write to the sources, and each group of transformers has an output of its own. */
final class Topics {
    static final List<String> SOURCE_NAMES = List.of("a", "b");
    static final List<TopicPartition> SOURCES =
            partitions(List.of(new NewTopic("a", 4, (short) 1), new NewTopic("b", 3, (short) 1)));
    static final String OUT = "out-";

    private Topics() {}

    /** An output has as many partitions as the sources together, so that order can be seen. */
    static List<NewTopic> all(List<String> groups) {
        List<NewTopic> topics =
                new ArrayList<>(List.of(new NewTopic("a", 4, (short) 1), new NewTopic("b", 3, (short) 1)));
        groups.forEach(group -> topics.add(new NewTopic(OUT + group, SOURCES.size(), (short) 1)));
        return topics;
    }

    static List<TopicPartition> partitions(List<NewTopic> topics) {
        return topics.stream()
                .flatMap(topic -> IntStream.range(0, topic.numPartitions())
                        .mapToObj(number -> new TopicPartition(topic.name(), number)))
                .toList();
    }

    static boolean isOutput(String topic) {
        return topic.startsWith(OUT);
    }
}
