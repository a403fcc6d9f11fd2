package io.tidemill.testkit.oracle;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Session;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.api.Windowing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * What a windowed aggregate must answer to a log, by brute force: quadratic, for thousands of records. Immutable.
 *
 * <p>Records that become dead letters are not part of its input: they leave nothing, and move no watermark.
 */
public final class WindowOracle<K, V, R> {
    private final Windows windows;
    private final long boundMillis;
    private final long latenessMillis;
    private final Function<List<Element<K, V>>, R> aggregate;
    private final ToLongFunction<List<Input<K, V>>> progress;

    private WindowOracle(
            Windows windows,
            long boundMillis,
            long latenessMillis,
            Function<List<Element<K, V>>, R> aggregate,
            ToLongFunction<List<Input<K, V>>> progress) {
        this.windows = windows;
        this.boundMillis = boundMillis;
        this.latenessMillis = latenessMillis;
        this.aggregate = aggregate;
        this.progress = progress;
    }

    /** @param aggregate of at least one element, whose order means nothing */
    public static <K, V, R> WindowOracle<K, V, R> of(
            Windowing windowing,
            Watermark watermark,
            Duration allowedLateness,
            Function<List<Element<K, V>>, R> aggregate) {
        return new WindowOracle<>(
                rules(windowing),
                watermark.bound().toMillis(),
                allowedLateness.toMillis(),
                aggregate,
                WindowOracle::newest);
    }

    private static <K, V> long newest(List<Input<K, V>> inputs) {
        return inputs.stream().mapToLong(Input::newestMillis).max().orElse(Input.NO_TIME);
    }

    /**
     * The same where a generator of the user's own says how far a partition has come.
     *
     * @param newProgress of a partition of which these are the first records; {@link Input#NO_TIME} if nothing has been said
     */
    public WindowOracle<K, V, R> progress(ToLongFunction<List<Input<K, V>>> newProgress) {
        return new WindowOracle<>(windows, boundMillis, latenessMillis, aggregate, newProgress);
    }

    private static Windows rules(Windowing windowing) {
        return windowing instanceof AlignedWindowing aligned
                ? new AlignedWindows(aligned)
                : new Sessions((Session) windowing);
    }

    /** @param partitions what each partition holds, in the order of the log */
    public Answers<K, R> answers(List<List<Input<K, V>>> partitions) {
        return answers(partitions, late -> false);
    }

    /** The same if some late elements can no longer be corrected: those are missing in {@link Answers#all}. */
    public Answers<K, R> answers(List<List<Input<K, V>>> partitions, Predicate<Late> beyondCorrection) {
        List<Judged<K, V>> judged = new ArrayList<>();
        for (int i = 0; i < partitions.size(); i++) {
            judge(i, partitions.get(i), judged);
        }
        return new Answers<>(
                judged.stream().flatMap(each -> each.missed().stream()).toList(),
                results(judged, late -> true),
                results(judged, beyondCorrection));
    }

    /** Each record's elements are held against the watermark of its partition as it was before the record. */
    private void judge(int partition, List<Input<K, V>> inputs, List<Judged<K, V>> judged) {
        for (int i = 0; i < inputs.size(); i++) {
            long reached = progress.applyAsLong(inputs.subList(0, i));
            List<Element<K, V>> elements = inputs.get(i).elements();
            for (int j = 0; j < elements.size(); j++) {
                long time = elements.get(j).timeMillis();
                List<Late> missed =
                        reached == Input.NO_TIME ? List.of() : missed(partition, i, j, time, reached - boundMillis);
                judged.add(new Judged<>(elements.get(j), missed));
            }
        }
    }

    private List<Late> missed(int partition, int input, int element, long time, long watermark) {
        return windows.missed(time, watermark, latenessMillis).stream()
                .map(window ->
                        new Late(partition, input, element, window, windows.by(window, watermark, latenessMillis)))
                .toList();
    }

    private Map<Place<K>, R> results(List<Judged<K, V>> judged, Predicate<Late> lost) {
        Map<K, List<Judged<K, V>>> byKey = new LinkedHashMap<>();
        judged.forEach(each -> byKey.computeIfAbsent(each.element().key(), any -> new ArrayList<>())
                .add(each));
        Map<Place<K>, R> results = new LinkedHashMap<>();
        byKey.forEach((key, elements) -> windows.assign(elements, lost)
                .forEach((Window window, List<Element<K, V>> assigned) ->
                        results.put(new Place<>(key, window), aggregate.apply(assigned))));
        return results;
    }
}
