package io.tidemill.testkit.oracle;

import java.util.List;

/**
 * A record of a partition, as the window sees it.
 *
 * @param elements what it becomes; none, if all were filtered
 * @param newestMillis the newest event time in it, of filtered elements too; {@link #NO_TIME} if nothing in it has one
 */
public record Input<K, V>(List<Element<K, V>> elements, long newestMillis) {
    public static final long NO_TIME = Long.MIN_VALUE;

    public Input {
        elements = List.copyOf(elements);
        for (Element<K, V> element : elements) {
            if (element.timeMillis() > newestMillis) {
                throw new IllegalArgumentException(element + " is newer than the record's newest, " + newestMillis);
            }
        }
    }

    /** A record that becomes one element. */
    public static <K, V> Input<K, V> of(K key, long timeMillis, V value) {
        return of(List.of(new Element<>(key, timeMillis, value)));
    }

    /** A record none of whose elements was filtered. */
    public static <K, V> Input<K, V> of(List<Element<K, V>> elements) {
        return new Input<>(
                elements, elements.stream().mapToLong(Element::timeMillis).max().orElse(NO_TIME));
    }
}
