package io.tidemill.testkit.oracle;

import io.tidemill.api.Window;

/**
 * An element that missed a window.
 *
 * @param input which record of its partition, from 0
 * @param element which element of the record, from 0
 * @param window the element's own millisecond, where windows are sessions
 * @param byMillis how far the watermark was past the window's end (of sessions: the element's time) and the allowed lateness
 */
public record Late(int partition, int input, int element, Window window, long byMillis) {}
