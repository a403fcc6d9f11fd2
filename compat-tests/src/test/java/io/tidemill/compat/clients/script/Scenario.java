package io.tidemill.compat.clients.script;

/** Something a user does with the clients. It fails by throwing. */
@FunctionalInterface
interface Scenario {
    void run(Clients clients) throws Exception;
}
