package io.tidemill.peers;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;

/** One page view; a POJO by Flink's rules, with a public constructor without arguments and public fields. */
public class PageView implements Serializable {
    @JsonProperty("event_time")
    public long eventTime;

    @JsonProperty("page_id")
    public String pageId;

    @JsonProperty("user_id")
    public String userId;

    @JsonProperty("dwell_ms")
    public long dwellMs;

    public PageView() {}

    public PageView(long eventTime, String pageId, String userId, long dwellMs) {
        this.eventTime = eventTime;
        this.pageId = pageId;
        this.userId = userId;
        this.dwellMs = dwellMs;
    }
}
