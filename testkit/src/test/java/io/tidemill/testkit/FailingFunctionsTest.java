package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Mapper;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Users' functions that throw what one would not believe: the record at hand is a dead letter, the others are counted. */
final class FailingFunctionsTest {
    private static final long BAD = 13;

    @SuppressWarnings("ImmutableEnumChecker") // the lambdas hold nothing
    enum Bomb {
        CHECKED(() -> new IOException("checked")),
        UNCHECKED(IllegalStateException::new),
        ASSERTION(() -> new AssertionError("expected")),
        LINKAGE(() -> new NoClassDefFoundError("gone/Away")),
        INITIALIZER(() -> new ExceptionInInitializerError(new IOException())),
        OTHER_ERROR(() -> new Error("like Kotlin's TODO()")),
        NEITHER_EXCEPTION_NOR_ERROR(() -> new Throwable("thrown by other languages")),
        OVERFLOW(Bomb::overflow),
        HUGE_MESSAGE(() -> new IllegalArgumentException("x".repeat(10_000_000))),
        MESSAGE_THAT_THROWS(MessageThatThrows::new),
        NO_FRAMES(() -> {
            Exception error = new Exception("no frames");
            error.setStackTrace(new StackTraceElement[0]);
            return error;
        }),
        CAUSES_IN_A_CIRCLE(Bomb::circle),
        CAUSES_WITHOUT_END(Bomb::chain),
        LONE_SURROGATE(() -> new Exception("half of \uD83D"));

        private final Maker maker;

        Bomb(Maker maker) {
            this.maker = maker;
        }

        interface Maker {
            Throwable make();
        }

        private static Throwable overflow() {
            return new Exception("as deep as " + depth(0));
        }

        private static int depth(int at) {
            return at < 0 ? at : depth(at + 1) + 1;
        }

        private static Throwable circle() {
            Exception outer = new Exception("outer");
            outer.initCause(new Exception("inner", outer));
            return outer;
        }

        private static Throwable chain() {
            Exception error = new Exception("the first");
            for (int i = 0; i < 5_000; i++) {
                error = new Exception("another", error);
            }
            return error;
        }

        /** Returns {@code value} unless it is the bad one. */
        <T> T orThrow(long value, T result) {
            if (value == BAD) {
                throw Bomb.<RuntimeException>sneaky(maker.make());
            }
            return result;
        }

        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
        private static <E extends Throwable> E sneaky(Throwable error) throws E {
            throw (E) error;
        }
    }

    private static final class MessageThatThrows extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new UnsupportedOperationException("no message");
        }
    }

    /** A pipeline in which the function of one operator fails for the bad value. */
    private static Pipeline failingAt(String where, Bomb bomb) {
        return Pipeline.named("fragile")
                .from(Topic.of("numbers", new FailingCodec(where.equals("from") ? bomb : null)))
                .filter(n -> !where.equals("filter") || bomb.orThrow(n, true))
                .map(n -> where.equals("map") ? bomb.orThrow(n, n) : n)
                .flatMap(n -> where.equals("flatMap") ? bomb.orThrow(n, List.of(n)) : List.of(n))
                .flatMap(n -> where.equals("flatMap-2") ? iterable(n, bomb) : List.of(n))
                .eventTime(
                        n -> where.equals("eventTime") ? bomb.orThrow(n, Instant.EPOCH) : Instant.EPOCH,
                        Watermark.outOfOrderBy(Duration.ZERO))
                .keyBy(n -> where.equals("keyBy") ? bomb.orThrow(n, key(n)) : key(n))
                .window(Tumbling.of(Duration.ofSeconds(1)))
                .aggregate(Aggregate.sum((Long n) -> where.equals("aggregate") ? bomb.orThrow(n, n) : n))
                .to(
                        "sums",
                        result ->
                                where.equals("result") ? bomb.orThrow(result.value(), result.value()) : result.value(),
                        new FailingCodec(where.equals("to") ? bomb : null));
    }

    private static String key(long n) {
        return n == BAD ? "bad" : "good";
    }

    private static Iterable<Long> iterable(long value, Bomb bomb) {
        Iterator<Long> first = List.of(value, value).iterator();
        return () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                return first.hasNext();
            }

            @Override
            public Long next() {
                long next = first.next();
                return first.hasNext() ? next : bomb.orThrow(value, next);
            }
        };
    }

    private record FailingCodec(@Nullable Bomb bomb) implements Codec<Long> {
        @Override
        public Long decode(byte[] bytes, int offset, int length) throws Exception {
            long value = Codec.int64().decode(bytes, offset, length);
            return bomb == null ? value : bomb.orThrow(value, value);
        }

        @Override
        public void encode(Long value, ByteSink sink) {
            sink.writeInt(7);
            long encoded = bomb == null ? value : bomb.orThrow(value, value);
            sink.truncate(sink.size() - 4);
            sink.writeLong(encoded);
        }

        @Override
        public String format() {
            return "int64";
        }
    }

    private static DeadLetter deadLetter(String where, Bomb bomb) {
        try (PipelineTestDriver driver = PipelineTestDriver.of(failingAt(where, bomb))) {
            for (long number : new long[] {1, BAD, 2}) {
                ByteSink sink = new ByteSink();
                sink.writeLong(number);
                driver.append("numbers", null, sink.toByteArray());
            }
            driver.end();
            long good = where.equals("flatMap-2") ? 6 : 3;
            assertThat(driver.results(Codec.int64())).containsExactly(good);
            assertThat(driver.ledger().imbalances()).isEmpty();
            assertThat(driver.deadLetters()).hasSize(1);
            DeadLetter letter = driver.deadLetters().get(0);
            assertThat(letter.errorMessage().length()).isLessThanOrEqualTo(DeadLetter.MESSAGE_CHARS_MAX);
            assertThat(letter.stackTrace().length()).isLessThanOrEqualTo(DeadLetter.STACK_TRACE_CHARS_MAX);
            driver.restart();
            assertThat(driver.end()).isZero();
            return letter;
        }
    }

    @ParameterizedTest
    @EnumSource
    void theFunctionsOfTheChain(Bomb bomb) {
        for (String operator : List.of("filter", "map", "flatMap", "flatMap-2", "eventTime", "keyBy", "aggregate")) {
            DeadLetter letter = deadLetter(operator, bomb);
            assertThat(List.of(letter.operator(), letter.failureClass(), letter.reason()))
                    .as("%s in %s", bomb, operator)
                    .isEqualTo(List.of(operator, FailureClass.CODE, "EXCEPTION"));
            assertThat(letter.origin().offset()).isEqualTo(1);
            if (bomb != Bomb.OVERFLOW) {
                assertThat(letter.errorType())
                        .isEqualTo(bomb.maker.make().getClass().getName());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theCodecOfTheSource(Bomb bomb) {
        DeadLetter letter = deadLetter("from", bomb);
        assertThat(List.of(letter.operator(), letter.failureClass(), letter.reason()))
                .isEqualTo(List.of("from", FailureClass.DATA, "UNDECODABLE"));
    }

    @ParameterizedTest
    @EnumSource
    void whatMakesTheResult(Bomb bomb) {
        for (String operator : List.of("result", "to")) {
            DeadLetter letter = deadLetter(operator, bomb);
            assertThat(List.of(letter.failureClass(), letter.reason()))
                    .as("%s in %s", bomb, operator)
                    .isEqualTo(List.of(FailureClass.CODE, "RESULT_FAILED"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"map", "flatMap", "flatMap-2"})
    @SuppressWarnings("NullAway") // as users' functions do
    void functionsThatReturnNull(String operator) {
        Mapper<Long, Long> nothing = n -> operator.equals("map") && n == BAD ? null : n;
        Pipeline pipeline = Pipeline.named("nulls")
                .from(Topic.of("numbers", Codec.int64()))
                .map(nothing)
                .flatMap(n -> operator.equals("flatMap") && n == BAD ? null : List.of(n))
                .flatMap(n -> operator.equals("flatMap-2") && n == BAD ? Arrays.asList(n, null) : List.of(n))
                .to("copies", Codec.int64());
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            driver.append("numbers", null, BAD);
            driver.append("numbers", null, 1L);
            driver.run();
            assertThat(driver.results(Codec.int64())).containsExactly(1L);
            DeadLetter letter = driver.deadLetters().get(0);
            assertThat(List.of(letter.operator(), letter.failureClass(), letter.reason()))
                    .isEqualTo(List.of(operator, FailureClass.CODE, "NULL_RESULT"));
        }
    }
}
