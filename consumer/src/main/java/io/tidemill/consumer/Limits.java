package io.tidemill.consumer;

record Limits(int concurrency, int recordsInFlightMax, long inFlightBytesMax, int aheadRecordsMax) {}
