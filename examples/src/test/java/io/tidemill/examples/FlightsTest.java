package io.tidemill.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.ByteSink;
import io.tidemill.json.Json;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FlightsTest {
    private final List<Flight> flights = Flights.inOrderOfArrival();

    @Test
    void theFileIsTheOneThatTheNoticeDescribes() throws Exception {
        try (InputStream csv = Flights.open()) {
            assertThat(sha256(csv.readAllBytes()))
                    .isEqualTo("a19d4ab1d55b0864b8877c047027fea4ccfc3bbe8be87861cbbb3442c22b0df2");
        }
    }

    @Test
    void everyFlightIsThereOnceInOrderOfArrival() {
        assertThat(flights).hasSize(20_000).doesNotHaveDuplicates();
        for (int i = 1; i < flights.size(); i++) {
            assertThat(flights.get(i).arrivalMillis())
                    .isGreaterThanOrEqualTo(flights.get(i - 1).arrivalMillis());
        }
    }

    @Test
    void fieldsAreDecodedAsTheyAreInTheSource() {
        assertThat(flights)
                .contains(
                        new Flight(Instant.parse("2001-01-01T00:47:00Z"), 66, 1750, "DTW", "LAS"),
                        new Flight(Instant.parse("2001-01-02T18:44:00Z"), 27, 405, "MCI", "MDW"),
                        new Flight(Instant.parse("2001-03-31T21:42:00Z"), 36, 1172, "DFW", "IAD"))
                .startsWith(new Flight(Instant.parse("2001-01-01T01:24:00Z"), -5, 407, "LAS", "OAK"))
                .endsWith(new Flight(Instant.parse("2001-03-31T22:27:00Z"), -9, 83, "CLT", "GSO"));
        assertThat(flights.stream().mapToLong(Flight::delay).sum()).isEqualTo(154_078);
        assertThat(flights.stream().mapToLong(Flight::distance).sum()).isEqualTo(14_476_934);
        assertThat(flights.stream().filter(flight -> flight.delay() < 0)).hasSize(9_720);
        assertThat(flights.stream().mapToInt(Flight::delay).min()).hasValue(-59);
        assertThat(flights.stream().mapToInt(Flight::delay).max()).hasValue(522);
        assertThat(flights.stream().map(Flight::origin).distinct()).hasSize(220);
        assertThat(flights.stream().map(Flight::destination).distinct()).hasSize(223);
    }

    @Test
    void flightsOfTheSameMinuteOfArrivalKeepTheOrderOfTheFile() {
        // In the file, flights are in order of date; so they are within an arrival too.
        Map<Long, List<Flight>> byArrival = flights.stream()
                .collect(Collectors.groupingBy(Flight::arrivalMillis, TreeMap::new, Collectors.toList()));
        for (List<Flight> tied : byArrival.values()) {
            for (int i = 1; i < tied.size(); i++) {
                assertThat(tied.get(i).scheduled())
                        .isAfterOrEqualTo(tied.get(i - 1).scheduled());
            }
        }
    }

    @Test
    void theRecordOfAFlight() throws Exception {
        Flight flight = new Flight(Instant.parse("2001-01-02T18:44:00Z"), 27, 405, "MCI", "MDW");
        ByteSink value = new ByteSink();
        flight.writeTo(value);

        assertThat(new String(value.toByteArray(), UTF_8))
                .isEqualTo("{\"scheduled\":\"2001-01-02T18:44:00Z\",\"delay\":27,\"distance\":405,"
                        + "\"origin\":\"MCI\",\"destination\":\"MDW\"}");
        assertThat(flight.key()).isEqualTo("MCI".getBytes(UTF_8));
        assertThat(flight.arrivalMillis())
                .isEqualTo(Instant.parse("2001-01-02T19:11:00Z").toEpochMilli());
        assertThat(Json.of(Flight.class).decode(value.array(), 0, value.size())).isEqualTo(flight);
    }

    @Test
    void ndjsonHasALineForEachFlight() throws Exception {
        ByteSink sink = new ByteSink();
        Flights.writeNdjson(sink);

        List<String> lines = new String(sink.toByteArray(), UTF_8).lines().toList();
        assertThat(lines).hasSize(20_000);
        for (int i = 0; i < lines.size(); i += 997) {
            byte[] line = lines.get(i).getBytes(UTF_8);
            assertThat(Json.of(Flight.class).decode(line, 0, line.length)).isEqualTo(flights.get(i));
        }
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
