package io.tidemill.examples;

import io.tidemill.api.ByteSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** 20,000 flights of January to March 2001, from the United States Bureau of Transportation Statistics. */
public final class Flights {
    static final String FILE = "flights.csv.gz";
    private static final String HEADER = "date,delay,distance,origin,destination";
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu/MM/dd HH:mm");

    private Flights() {}

    /** All flights by {@link Flight#arrivalMillis}; those of the same minute stay in the order of the file. */
    public static List<Flight> inOrderOfArrival() {
        List<Flight> flights = inOrderOfFile();
        flights.sort(Comparator.comparingLong(Flight::arrivalMillis));
        return List.copyOf(flights);
    }

    /** Appends all flights in order of arrival as lines of JSON. */
    public static void writeNdjson(ByteSink sink) {
        for (Flight flight : inOrderOfArrival()) {
            flight.writeTo(sink);
            sink.write('\n');
        }
    }

    private static List<Flight> inOrderOfFile() {
        List<Flight> flights = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(open(), StandardCharsets.US_ASCII))) {
            if (!HEADER.equals(lines.readLine())) {
                throw new IllegalStateException(FILE + " does not begin with the columns " + HEADER);
            }
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                flights.add(parse(line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return flights;
    }

    /** The file, unpacked. */
    static InputStream open() throws IOException {
        return new GZIPInputStream(
                Objects.requireNonNull(Flights.class.getResourceAsStream(FILE), FILE + " is not on the class path"));
    }

    private static Flight parse(String line) {
        String[] fields = line.split(",", -1);
        if (fields.length != 5) {
            throw new IllegalStateException(FILE + " has a line of " + fields.length + " fields: " + line);
        }
        return new Flight(
                LocalDateTime.parse(fields[0], DATE).toInstant(ZoneOffset.UTC),
                Integer.parseInt(fields[1]),
                Integer.parseInt(fields[2]),
                fields[3],
                fields[4]);
    }
}
