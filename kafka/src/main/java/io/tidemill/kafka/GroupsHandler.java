package io.tidemill.kafka;

/** Groups. */
final class GroupsHandler {
    GroupsHandler(Broker broker) {
        broker.nodeId();
    }

    void dispatch(Call call) {
        call.closeConnection("groups are not there yet");
    }

    void fetched(Call call) {}

    void connectionClosed(String id) {}

    void topicsChanged() {}

    void close() {}
}
