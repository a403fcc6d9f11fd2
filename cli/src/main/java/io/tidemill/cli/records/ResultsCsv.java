package io.tidemill.cli.records;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Results as CSV: a header line, then a line per result. A value that is an object becomes a column per field, named
 * {@code value.field}; what lies deeper is written as JSON.
 */
public final class ResultsCsv {
    private static final String VALUE = "value";

    private static final ObjectWriter WRITER = CsvMapper.csvBuilder()
            .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
            .build()
            .writer(CsvSchema.emptySchema().withLineSeparator(""));

    private ResultsCsv() {}

    public static void write(List<StoredResult> results, @Nullable ZoneId zone, Consumer<String> lines) {
        Set<String> columns = new LinkedHashSet<>();
        results.forEach(result -> columns.addAll(row(result, zone).keySet()));
        if (columns.isEmpty()) {
            columns.addAll(List.of("key", "windowStart", "windowEnd", "revision", VALUE, "pane"));
        }
        lines.accept(line(List.copyOf(columns)));
        for (StoredResult result : results) {
            Map<String, String> row = row(result, zone);
            lines.accept(line(
                    columns.stream().map(column -> row.getOrDefault(column, "")).toList()));
        }
    }

    private static String line(List<String> cells) {
        try {
            return WRITER.writeValueAsString(cells);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> row(StoredResult result, @Nullable ZoneId zone) {
        Map<String, String> row = new LinkedHashMap<>();
        result.json(zone).properties().forEach(field -> {
            if (field.getKey().equals(VALUE) && field.getValue() instanceof ObjectNode value) {
                value.properties().forEach(part -> row.put(VALUE + "." + part.getKey(), cell(part.getValue())));
            } else {
                row.put(field.getKey(), cell(field.getValue()));
            }
        });
        return row;
    }

    private static String cell(JsonNode node) {
        return node.isNull() ? "" : node.isValueNode() ? node.asText() : node.toString();
    }
}
