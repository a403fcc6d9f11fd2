package io.tidemill.examples.nexmark.query;

import io.tidemill.examples.nexmark.Person;
import java.time.Instant;

/** Query 8's row: a person who came and opened an auction in the window that begins at {@code windowStart}. */
public record NewSeller(long id, String name, Instant windowStart) {
    static NewSeller of(Person person, Instant windowStart) {
        return new NewSeller(person.id(), person.name(), windowStart);
    }
}
