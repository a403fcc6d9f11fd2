package io.tidemill.doctor;

/** How much a finding matters. */
public enum Severity {
    /** Part of normal work. */
    BENIGN,
    /** Nothing is broken, but it could be better, or should be known. */
    NOTICE,
    /** Something is wrong. */
    PROBLEM
}
