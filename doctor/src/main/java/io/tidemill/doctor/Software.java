package io.tidemill.doctor;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Client libraries that behave differently. */
enum Software {
    JAVA,
    /** And what is built on it: the clients of Python, Go, .NET and Node that carry Confluent's name, kcat. */
    LIBRDKAFKA,
    /** Tells the broker no name; its assigner gives it away. */
    KAFKAJS,
    OTHER;

    static Software of(@Nullable String name, @Nullable String protocol, @Nullable String clientId) {
        String software = name == null ? "" : name.toLowerCase(Locale.ROOT);
        if (software.contains("kafka-java")) {
            return JAVA;
        }
        if (software.contains("rdkafka") || software.contains("confluent-kafka")) {
            return LIBRDKAFKA;
        }
        if ("RoundRobinAssigner".equals(protocol) || software.contains("kafkajs")) {
            return KAFKAJS;
        }
        return software.isEmpty()
                        && clientId != null
                        && clientId.toLowerCase(Locale.ROOT).contains("kafkajs")
                ? KAFKAJS
                : OTHER;
    }
}
