package io.tidemill.consumer;

/** A Kafka broker that ends with its parent. Argument: its properties. */
final class BrokerMain {
    private BrokerMain() {}

    public static void main(String[] arguments) {
        ChildJvm.endWithParent(() -> {});
        kafka.Kafka.main(arguments);
    }
}
