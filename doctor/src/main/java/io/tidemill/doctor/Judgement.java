package io.tidemill.doctor;

/** @param follows whether the event only follows from another one that the cause is behind */
record Judgement(Cause cause, double score, boolean follows) {}
