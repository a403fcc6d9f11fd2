package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The events that one cause is behind.
 *
 * @param incidents without those that only follow from others
 * @param rebalances how many
 */
record Cases(Chronicle chronicle, List<Event> incidents, int rebalances) {
    int count() {
        return incidents.size();
    }

    int count(Predicate<Event> which) {
        return (int) incidents.stream().filter(which).count();
    }

    /** Most frequent first. */
    List<Offender> offenders() {
        Map<String, String> clients = new LinkedHashMap<>();
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Event each : incidents) {
            if (!each.slot().isEmpty()) {
                clients.put(each.slot(), each.client());
                counts.merge(each.slot(), 1, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .map(each -> new Offender(clients.getOrDefault(each.getKey(), each.getKey()), each.getValue()))
                .sorted(Comparator.comparingInt(Offender::incidents).reversed().thenComparing(Offender::client))
                .limit(Finding.OFFENDERS_MAX)
                .toList();
    }

    /** For the beginning of a sentence. */
    String who() {
        List<Offender> offenders = offenders();
        if (offenders.isEmpty()) {
            return "a member";
        }
        String most = offenders.get(0).client();
        long most80 = Math.round(0.8 * count());
        if (offenders.size() == 1) {
            return "member " + most;
        }
        return offenders.get(0).incidents() >= most80
                ? "mostly member " + most
                : offenders.size() + " members ("
                        + Words.list(offenders.stream().map(Offender::client).toList()) + ")";
    }

    /** The values that {@code of} knows. */
    List<Long> values(Function<Event, @Nullable Long> of) {
        List<Long> values = new ArrayList<>();
        for (Event each : incidents) {
            Long value = of.apply(each);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    List<Long> evidence(Function<Evidence, @Nullable Long> of) {
        return values(event -> event.evidence() == null ? null : of.apply(event.evidence()));
    }

    /** How long a client was away: from when it left until it came back. */
    List<Long> absences() {
        return values(event -> {
            Event back = chronicle.returnOf(event);
            return back == null ? null : Long.valueOf(Math.max(0, back.at() - event.at()));
        });
    }

    /** The most common of the values that are above zero; 0 if there is none. */
    long common(Function<Event, Long> of) {
        Map<Long, Integer> counts = new LinkedHashMap<>();
        incidents.stream().map(of).filter(each -> each > 0).forEach(each -> counts.merge(each, 1, Integer::sum));
        return counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(0L);
    }

    boolean mostlyOf(Software software) {
        return 2 * count(each -> each.software() == software) > count();
    }

    boolean isConsumerType() {
        return !incidents.isEmpty() && incidents.get(incidents.size() - 1).isConsumerType();
    }

    boolean hasStaticIds() {
        return incidents.stream().map(each -> each.trigger().groupInstanceId()).anyMatch(Objects::nonNull);
    }

    long firstAt() {
        return incidents.stream().mapToLong(Event::at).min().orElse(0);
    }

    long lastAt() {
        return incidents.stream().mapToLong(Event::at).max().orElse(0);
    }

    /** When, for a person who looks into other logs. */
    String when() {
        List<String> times = incidents.stream()
                .skip(Math.max(0, count() - 3))
                .map(each -> Words.time(each.at()))
                .toList();
        return (count() > times.size() ? "last at " : "at ") + String.join(", ", times);
    }
}
