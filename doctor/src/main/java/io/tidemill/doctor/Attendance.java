package io.tidemill.doctor;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds for each departure the arrival that is the same client coming back. */
final class Attendance {
    /** After so long it is another visit. */
    private static final long RETURN_MILLIS_MAX = 3_600_000;

    private final Map<String, Deque<Event>> gone = new HashMap<>();
    private final Set<Event> matched = new HashSet<>();
    private final Map<Event, Event> returns = new HashMap<>();

    private Attendance() {}

    static Map<Event, Event> returns(List<Event> events) {
        Attendance attendance = new Attendance();
        events.stream().sorted(Comparator.comparingLong(Event::at)).forEach(attendance::see);
        return attendance.returns;
    }

    private void see(Event event) {
        if (event.isDeparture()) {
            keys(event)
                    .forEach(key ->
                            gone.computeIfAbsent(key, k -> new ArrayDeque<>()).add(event));
        } else if (event.isArrival()) {
            Event departure = departureOf(event);
            if (departure != null) {
                matched.add(departure);
                returns.put(departure, event);
            }
        }
    }

    /** The surest first. */
    private static List<String> keys(Event event) {
        String client = event.trigger().clientId();
        String host = event.trigger().host();
        return Stream.of(
                        key("member ", event.trigger().memberId()),
                        key("instance ", event.trigger().groupInstanceId()),
                        client == null || host == null ? "" : key("client ", client + " " + host),
                        key("name ", client))
                .filter(key -> !key.isEmpty())
                .toList();
    }

    private static String key(String prefix, @Nullable String value) {
        return value == null || value.isEmpty() ? "" : prefix + value;
    }

    private @Nullable Event departureOf(Event arrival) {
        for (String key : keys(arrival)) {
            Event departure = oldest(gone.get(key), arrival.at());
            if (departure != null) {
                return departure;
            }
        }
        return null;
    }

    private @Nullable Event oldest(@Nullable Deque<Event> waiting, long now) {
        while (waiting != null && !waiting.isEmpty()) {
            Event first = waiting.peek();
            if (matched.contains(first) || now - first.at() > RETURN_MILLIS_MAX) {
                waiting.remove();
            } else {
                return first;
            }
        }
        return null;
    }
}
