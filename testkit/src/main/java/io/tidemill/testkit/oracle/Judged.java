package io.tidemill.testkit.oracle;

import java.util.List;

/** An element and the windows that it missed. */
record Judged<K, V>(Element<K, V> element, List<Late> missed) {}
