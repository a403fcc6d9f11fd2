package io.tidemill.peers.tidemill;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;

/** A page view with the field names that all peers have. */
public record View(
        @JsonProperty("event_time") long eventTime,
        @JsonProperty("page_id") String pageId,
        @JsonProperty("user_id") String userId,
        @JsonProperty("dwell_ms") int dwellMs) {
    Instant happenedAt() {
        Probe.first();
        return Instant.ofEpochMilli(eventTime);
    }

    Instant time() {
        return Instant.ofEpochMilli(eventTime);
    }

    /** As {@link GeneratedLog} has them: the time, how long, and the page's number. */
    static final int BYTES = 20;

    static final Codec<View> CODEC = new Binary();

    static void write(PageView view, int page, ByteBuffer into) {
        into.clear();
        into.putLong(view.eventTime).putLong(view.dwellMs).putInt(page);
    }

    private static final String PAGE = "page-";
    private static final String[] PAGES = pages();

    private static String[] pages() {
        String[] pages = new String[10_000];
        for (int i = 0; i < pages.length; i++) {
            pages[i] = PAGE + i;
        }
        return pages;
    }

    private static final class Binary implements Codec<View> {
        private static final long serialVersionUID = 1;
        private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
        private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

        @Override
        public View decode(byte[] bytes, int offset, int length) {
            return new View((long) LONG.get(bytes, offset), PAGES[(int) INT.get(bytes, offset + 16)], "", (int)
                    (long) LONG.get(bytes, offset + 8));
        }

        @Override
        public void encode(View value, ByteSink sink) {
            throw new UnsupportedOperationException("the log writes them");
        }

        @Override
        public String format() {
            return "binary page view";
        }
    }
}
