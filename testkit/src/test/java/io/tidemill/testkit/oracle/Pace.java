package io.tidemill.testkit.oracle;

import io.tidemill.api.EventStream;
import io.tidemill.api.Watermark;
import io.tidemill.api.WatermarkGenerator;
import io.tidemill.testkit.oracle.OracleRig.Part;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** How far a partition has come: what the engine is told element by element, and what it means by definition. */
enum Pace {
    /** As far as its newest time. */
    NEWEST,

    /** As far as markers say, which may be before their own time. */
    MARKERS,

    /** Behind the newest time by as much as any element was before. */
    LEARNING,

    /** Four elements at a time, as far as the oldest of them. */
    COUNTING;

    private static final int GROUP = 4;
    private static final long MARKER_BEHIND_MILLIS = 2;

    static Pace any(SplittableRandom random) {
        return List.of(values()).get(random.nextInt(4));
    }

    EventStream<Part> timed(EventStream<Part> parts, Watermark watermark) {
        return switch (this) {
            case NEWEST -> parts.eventTime(part -> Instant.ofEpochMilli(part.time()), watermark);
            case MARKERS ->
                parts.eventTime(part -> Instant.ofEpochMilli(part.time()), watermark, (part, time, progress) -> {
                    if (isMarker(part)) {
                        progress.advanceTo(time - MARKER_BEHIND_MILLIS);
                    }
                });
            case LEARNING -> parts.eventTime(part -> Instant.ofEpochMilli(part.time()), watermark, new Learning());
            case COUNTING -> parts.eventTime(part -> Instant.ofEpochMilli(part.time()), watermark, new Counting());
        };
    }

    private static boolean isMarker(Part part) {
        return part.isKept() && part.value() % 3 == 0;
    }

    /** Of a partition that these are the first records of. */
    <K> long progress(List<Input<K, Long>> inputs) {
        List<Part> parts = new ArrayList<>();
        for (Input<K, Long> input : inputs) {
            input.elements().forEach(each -> parts.add(new Part("k", each.timeMillis(), each.value(), true)));
            if (input.newestMillis() != Input.NO_TIME) {
                parts.add(new Part("", input.newestMillis(), 0, false));
            }
        }
        return switch (this) {
            case NEWEST -> parts.stream().mapToLong(Part::time).max().orElse(Input.NO_TIME);
            case MARKERS ->
                parts.stream()
                        .filter(Pace::isMarker)
                        .mapToLong(part -> part.time() - MARKER_BEHIND_MILLIS)
                        .max()
                        .orElse(Input.NO_TIME);
            case LEARNING -> learned(parts);
            case COUNTING -> counted(parts);
        };
    }

    private static long learned(List<Part> parts) {
        long furthest = Input.NO_TIME;
        long newest = Input.NO_TIME;
        long behindMost = 0;
        for (Part part : parts) {
            behindMost = Math.max(behindMost, newest == Input.NO_TIME ? 0 : newest - part.time());
            newest = Math.max(newest, part.time());
            furthest = Math.max(furthest, newest - behindMost);
        }
        return furthest;
    }

    private static long counted(List<Part> parts) {
        long furthest = Input.NO_TIME;
        for (int end = GROUP; end <= parts.size(); end += GROUP) {
            furthest = Math.max(
                    furthest,
                    parts.subList(end - GROUP, end).stream()
                            .mapToLong(Part::time)
                            .min()
                            .orElseThrow());
        }
        return furthest;
    }

    private static final class Learning implements WatermarkGenerator<Part> {
        private static final long serialVersionUID = 1;

        @Override
        public long[] initialState() {
            return new long[] {Input.NO_TIME, 0};
        }

        @Override
        public void onElement(Part part, long time, Progress progress) {
            long newest = progress.state(0);
            if (newest != Input.NO_TIME) {
                progress.state(1, Math.max(progress.state(1), newest - time));
            }
            progress.state(0, Math.max(newest, time));
            progress.advanceTo(progress.state(0) - progress.state(1));
        }
    }

    private static final class Counting implements WatermarkGenerator<Part> {
        private static final long serialVersionUID = 1;

        @Override
        public long[] initialState() {
            return new long[] {0, Long.MAX_VALUE};
        }

        @Override
        public void onElement(Part part, long time, Progress progress) {
            long count = progress.state(0) + 1;
            long oldest = Math.min(progress.state(1), time);
            if (count == GROUP) {
                progress.advanceTo(oldest);
                progress.state(0, 0);
                progress.state(1, Long.MAX_VALUE);
            } else {
                progress.state(0, count);
                progress.state(1, oldest);
            }
        }
    }
}
