package io.tidemill.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Alignment;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/** Windows as the clocks of a time zone show them. */
public final class LocalTime {
    private LocalTime() {}

    /** The zone whose days the pipeline's windows follow; null if they follow none. */
    public static @Nullable ZoneId zoneOf(Pipeline pipeline) {
        for (Operator operator : pipeline.operators()) {
            if (operator instanceof Operator.Windowed windowed
                    && windowed.windowing() instanceof AlignedWindowing aligned
                    && aligned.alignment() instanceof Alignment.Zone zone) {
                return zone.zone();
            }
        }
        return null;
    }

    /** Start and end in UTC and, where there is a zone, also in local time with its offset. */
    public static ObjectNode put(ObjectNode json, Window window, @Nullable ZoneId zone) {
        json.put("windowStart", window.start().toString())
                .put("windowEnd", window.end().toString());
        putLocal(json, window, zone);
        return json;
    }

    /** Start and end in local time, where there is a zone. */
    public static void putLocal(ObjectNode json, Window window, @Nullable ZoneId zone) {
        if (zone != null) {
            json.put(
                            "windowStartLocal",
                            window.start().atZone(zone).toOffsetDateTime().toString())
                    .put(
                            "windowEndLocal",
                            window.end().atZone(zone).toOffsetDateTime().toString());
        }
    }
}
