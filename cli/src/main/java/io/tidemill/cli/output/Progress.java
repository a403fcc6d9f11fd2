package io.tidemill.cli.output;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** How far something is: a bar on a terminal, nothing elsewhere. Used by one thread. */
public final class Progress implements AutoCloseable {
    private static final int WIDTH_CHARS = 79;
    private static final int UPDATE_MILLIS = 100;

    private final @Nullable ProgressBar bar;

    private Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    static Progress none() {
        return new Progress(null);
    }

    /** @param total what 100 % is; -1 where that is not known */
    static Progress drawn(PrintStream err, String task, long total, Unit unit) {
        return new Progress(new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUnit(unit.suffix, unit.size)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .clearDisplayOnFinish()
                .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH_CHARS))
                .build());
    }

    /** What is counted. */
    public enum Unit {
        RECORDS("", 1),
        BYTES(" MiB", 1 << 20);

        private final String suffix;
        private final long size;

        Unit(String suffix, long size) {
            this.suffix = suffix;
            this.size = size;
        }
    }

    public void to(long done) {
        if (bar != null) {
            bar.stepTo(done);
        }
    }

    public void to(long done, long total) {
        if (bar != null) {
            bar.maxHint(total);
            bar.stepTo(done);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
