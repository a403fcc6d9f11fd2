package io.tidemill.cli.records;

import java.util.List;

/**
 * What became of the lines.
 *
 * @param records lines that are in the topic now
 * @param bytes what was read
 * @param blank lines with nothing in them, which were skipped
 * @param oversize lines that are larger than the topic takes, which were refused
 * @param oversizeLines the numbers of the first of them, from 1
 * @param withoutKey records in which no key was found where one was asked for
 * @param withoutTimestamp likewise
 */
public record LoadReport(
        long records,
        long bytes,
        long blank,
        long oversize,
        List<Long> oversizeLines,
        long withoutKey,
        long withoutTimestamp) {}
