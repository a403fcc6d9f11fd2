package io.tidemill.testkit.oracle;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A pipeline that turns records back into the oracle's elements, and what is to come out of it. */
final class OracleRig {
    static final String SOURCE = "in";

    private OracleRig() {}

    /** @param isKept whether it is an element, or only a time that was seen and filtered */
    record Part(String key, long time, long value, boolean isKept) {}

    static Pipeline pipeline(Windowing windowing, Watermark watermark, Duration allowedLateness) {
        return pipeline(windowing, watermark, Pace.NEWEST, allowedLateness);
    }

    static Pipeline pipeline(Windowing windowing, Watermark watermark, Pace pace, Duration allowedLateness) {
        EventStream<Part> parts =
                Pipeline.named("oracle").from(Topic.of(SOURCE, Codec.text())).flatMap(OracleRig::parts);
        return pace.timed(parts, watermark)
                .filter(Part::isKept)
                .keyBy(Part::key)
                .window(windowing)
                .allowedLateness(allowedLateness)
                .correctableFor(Duration.ofDays(36_500))
                .aggregate(Aggregate.sum(Part::value))
                .to("out", result -> String.valueOf(result.value()), Codec.text());
    }

    static WindowOracle<String, Long, Long> oracle(Windowing windowing, Watermark watermark, Duration allowedLateness) {
        return oracle(windowing, watermark, Pace.NEWEST, allowedLateness);
    }

    static WindowOracle<String, Long, Long> oracle(
            Windowing windowing, Watermark watermark, Pace pace, Duration allowedLateness) {
        return WindowOracle.<String, Long, Long>of(
                        windowing,
                        watermark,
                        allowedLateness,
                        elements -> elements.stream().mapToLong(Element::value).sum())
                .progress(pace::progress);
    }

    static String text(Input<String, Long> input) {
        List<String> parts = new ArrayList<>();
        for (Element<String, Long> each : input.elements()) {
            parts.add(each.key() + "," + each.timeMillis() + "," + each.value());
        }
        if (input.newestMillis() != Input.NO_TIME) {
            parts.add("," + input.newestMillis() + ",0");
        }
        return String.join(";", parts);
    }

    static List<Part> parts(String text) {
        List<Part> parts = new ArrayList<>();
        for (String each : text.isEmpty() ? new String[0] : text.split(";", -1)) {
            String[] fields = each.split(",", -1);
            parts.add(new Part(fields[0], Long.parseLong(fields[1]), Long.parseLong(fields[2]), !fields[0].isEmpty()));
        }
        return parts;
    }
}
