package io.tidemill.examples.nexmark.query;

import io.tidemill.examples.nexmark.Person;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Query 8's rows of one seller in one window: none if the person did not come in it, or opened no auction. */
record NewSellers(List<NewSeller> sellers) {
    NewSellers {
        sellers = List.copyOf(sellers);
    }

    /**
     * @param came in the window, under one id
     * @param opened the auctions of that id in the same window
     */
    static NewSellers of(List<Person> came, List<Long> opened, Duration window) {
        return new NewSellers(
                opened.isEmpty()
                        ? List.of()
                        : came.stream()
                                .map(person -> NewSeller.of(person, windowStart(person.dateTime(), window)))
                                .toList());
    }

    private static Instant windowStart(Instant time, Duration window) {
        long millis = time.toEpochMilli();
        return Instant.ofEpochMilli(millis - Math.floorMod(millis, window.toMillis()));
    }
}
