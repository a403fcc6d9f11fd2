package io.tidemill.cluster;

import io.tidemill.broker.KafkaBroker;

/**
 * One broker for all tests of the module, started by the first that needs it and ended with the JVM. Who kills it holds the
 * resource {@link #NAME} alone.
 */
final class SharedBroker {
    static final String NAME = "the shared broker";

    private SharedBroker() {}

    private static final class Holder {
        static final KafkaBroker BROKER = KafkaBroker.start();
    }

    static KafkaBroker get() {
        return Holder.BROKER;
    }

    static KafkaLog connect() {
        return KafkaLog.connect(KafkaLogOptions.of(get().bootstrap()));
    }
}
