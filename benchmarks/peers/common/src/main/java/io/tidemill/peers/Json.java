package io.tidemill.peers;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;

/** Jackson's data binding, the same for every peer that has no JSON of its own. */
public final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ObjectReader READER = MAPPER.readerFor(PageView.class);
    private static final ObjectWriter RESULTS = MAPPER.writerFor(Result.class);
    private static final ObjectWriter ENRICHED = MAPPER.writerFor(Enriched.class);

    private Json() {}

    /** The final result of a window. */
    private record Result(
            @JsonProperty("page_id") String pageId,
            @JsonProperty("window_start") long windowStart,
            @JsonProperty("count") long count,
            @JsonProperty("dwell_sum") long dwellSum) {}

    /** A page view with the number of its page's views so far; a POJO by Flink's rules. */
    @JsonPropertyOrder({"event_time", "page_id", "user_id", "dwell_ms", "page_count"})
    public static class Enriched implements Serializable {
        @JsonProperty("event_time")
        public long eventTime;

        @JsonProperty("page_id")
        public String pageId;

        @JsonProperty("user_id")
        public String userId;

        @JsonProperty("dwell_ms")
        public long dwellMs;

        @JsonProperty("page_count")
        public long pageCount;

        public Enriched() {}

        public Enriched(PageView view, long count) {
            eventTime = view.eventTime;
            pageId = view.pageId;
            userId = view.userId;
            dwellMs = view.dwellMs;
            pageCount = count;
        }
    }

    public static PageView parse(byte[] bytes) {
        try {
            return READER.readValue(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static byte[] result(String page, long windowStart, long count, long dwellSum) {
        return write(RESULTS, new Result(page, windowStart, count, dwellSum));
    }

    public static byte[] enriched(Enriched view) {
        return write(ENRICHED, view);
    }

    private static byte[] write(ObjectWriter writer, Object value) {
        try {
            return writer.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
