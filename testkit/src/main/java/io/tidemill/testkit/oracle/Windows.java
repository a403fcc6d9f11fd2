package io.tidemill.testkit.oracle;

import io.tidemill.api.Window;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The rules of one kind of windows, as slowly as they can be said. */
interface Windows {
    /** The windows that an element of {@code timeMillis} misses at that watermark, by end and then by start. */
    List<Window> missed(long timeMillis, long watermarkMillis, long latenessMillis);

    /** How far the watermark is past what decides whether an element misses {@code window}. */
    long by(Window window, long watermarkMillis, long latenessMillis);

    /** The elements of one key by window, but for those that are {@code lost}. */
    <K, V> Map<Window, List<Element<K, V>>> assign(List<Judged<K, V>> elements, Predicate<Late> lost);
}
