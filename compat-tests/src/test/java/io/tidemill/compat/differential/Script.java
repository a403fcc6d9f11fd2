package io.tidemill.compat.differential;

/** Calls that are made to two servers, one after the other. What it does next may depend only on the answers. */
@FunctionalInterface
interface Script {
    void run(Conversation with) throws Exception;
}
