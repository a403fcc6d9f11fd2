package io.tidemill.engine.savepoint;

/**
 * What a restore did.
 *
 * @param entries written
 * @param commits it took; if one, it was there all at once
 * @param safety the savepoint of what was replaced; empty if nothing was
 */
public record RestoreSummary(CheckReport check, long entries, long commits, String safety) {}
