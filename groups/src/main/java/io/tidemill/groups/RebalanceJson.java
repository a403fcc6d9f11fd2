package io.tidemill.groups;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/** The JSON of journal entries. */
final class RebalanceJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_USING_DEFAULT_VALUE)
            .build();

    private RebalanceJson() {}

    static byte[] write(Rebalance rebalance) {
        try {
            return MAPPER.writeValueAsBytes(rebalance);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a rebalance cannot be written: " + e.getMessage(), e);
        }
    }

    static Rebalance read(byte[] json) {
        try {
            return MAPPER.readValue(json, Rebalance.class);
        } catch (IOException e) {
            throw new IllegalArgumentException("not an entry of the journal of rebalances: " + e.getMessage(), e);
        }
    }
}
