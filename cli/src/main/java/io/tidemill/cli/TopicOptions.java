package io.tidemill.cli;

import io.tidemill.log.TopicConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** How a new topic is to be kept. */
final class TopicOptions {
    private static final String FOREVER = "forever";

    @Option(names = "--partitions", paramLabel = "N", description = "How many partitions; 4 unless set.")
    int partitions = 4;

    @Option(
            names = "--retention",
            paramLabel = "DURATION",
            converter = RetentionConverter.class,
            description = "How long records are kept: 7d (default), 12h, forever. A compacted topic's are kept for ever"
                    + " unless this is set.")
    @Nullable
    Retention retention;

    @Option(
            names = "--retention-bytes",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = "How much a partition keeps, such as 1GiB; any amount unless set.")
    @Nullable
    Long retentionBytes;

    @Option(names = "--compacted", description = "Keep the newest record of every key.")
    boolean compacted;

    @Option(
            names = "--record-bytes-max",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = "The largest record taken, 1KiB to 64MiB; 1MiB unless set.")
    long recordBytesMax = TopicConfig.RECORD_BYTES_MAX_DEFAULT;

    /** @param duration null for ever */
    record Retention(@Nullable Duration duration) {}

    static final class RetentionConverter implements ITypeConverter<Retention> {
        @Override
        public Retention convert(String text) {
            return new Retention(text.equalsIgnoreCase(FOREVER) ? null : new DurationConverter().convert(text));
        }
    }

    TopicConfig config() {
        TopicConfig config = compacted ? TopicConfig.compacted(partitions) : TopicConfig.of(partitions);
        if (retention != null) {
            config = config.retention(retention.duration());
        }
        int bytesMax = (int) Math.min(Integer.MAX_VALUE, recordBytesMax);
        if (bytesMax > TopicConfig.RECORD_BYTES_MAX_LIMIT) {
            throw new IllegalArgumentException("--record-bytes-max is at most "
                    + (TopicConfig.RECORD_BYTES_MAX_LIMIT >> 20) + "MiB, not " + recordBytesMax);
        }
        return config.retentionBytes(retentionBytes).recordBytesMax(bytesMax);
    }
}
