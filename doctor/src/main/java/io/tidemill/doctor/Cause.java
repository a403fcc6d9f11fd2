package io.tidemill.doctor;

/** Why a group rebalances. */
public enum Cause {
    POLL_INTERVAL_EXCEEDED("poll interval exceeded", Severity.PROBLEM),
    /** No heartbeat for the session timeout, but the connection stayed open. */
    SESSION_STALL("session timeout with the connection open (a stall)", Severity.PROBLEM),
    /** No heartbeat for the session timeout, and the connection was gone. */
    CRASH("session timeout with the connection closed (a crash)", Severity.PROBLEM),
    /** Members did not revoke, join or sync within the rebalance timeout. */
    SLOW_REBALANCE("slow revoke or join", Severity.PROBLEM),
    STATIC_ID_REUSED("static id used by two processes", Severity.PROBLEM),
    SHARED_GROUP("unrelated applications share the group id", Severity.PROBLEM),
    CHURN("churn: members come and go", Severity.PROBLEM),
    SUBSCRIPTIONS_DIFFER("subscriptions differ or change", Severity.PROBLEM),
    ROLLING_DEPLOY("rolling deploy without static ids", Severity.NOTICE),
    TOPICS_CHANGED("topics or partition counts changed", Severity.NOTICE),
    COORDINATOR_RESTARTED("coordinator restarted", Severity.NOTICE),
    MEMBERS_WITHOUT_WORK("members without work", Severity.NOTICE),
    /** The second phase of a cooperative rebalance. */
    COOPERATIVE_FOLLOW_UP("second phase of a cooperative rebalance", Severity.BENIGN),
    REQUESTED("requested by the application or an administrator", Severity.BENIGN),
    /** Members were started or stopped, as one does. */
    MEMBERS_STARTED_OR_STOPPED("members started or stopped", Severity.BENIGN),
    UNKNOWN("unknown", Severity.NOTICE);

    private final String label;
    private final Severity severity;

    Cause(String label, Severity severity) {
        this.label = label;
        this.severity = severity;
    }

    /** A few words for people. */
    public String label() {
        return label;
    }

    /** Unless it happens so often that it is worse. */
    Severity severity() {
        return severity;
    }
}
