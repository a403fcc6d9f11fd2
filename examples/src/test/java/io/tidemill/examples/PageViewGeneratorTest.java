package io.tidemill.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.json.Json;
import java.lang.management.ManagementFactory;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PageViewGeneratorTest {
    private static final int EVENTS = 200_000;
    private static final PageViewSettings SETTINGS = PageViewSettings.of(42, LatenessProfile.HOURS);

    private final EventSpan day = EventSpan.day(EVENTS);
    private final Codec<PageView> codec = Json.of(PageView.class);
    private final ObjectMapper jackson = new ObjectMapper();
    private final ByteSink sink = new ByteSink();

    @Test
    void everyLineIsTheJsonOfAPageView() throws Exception {
        PageViewGenerator generator = new PageViewGenerator(SETTINGS);
        ByteSink again = new ByteSink();
        long bytes = 0;
        for (int i = 0; i < EVENTS; i++) {
            sink.reset();
            generator.next(day.arrivalMillis(i), sink);
            PageView view = codec.decode(sink.array(), 0, sink.size());
            again.reset();
            codec.encode(view, again);

            assertThat(jackson.readValue(sink.array(), 0, sink.size(), PageView.class))
                    .isEqualTo(view);
            assertThat(again.toByteArray()).isEqualTo(sink.toByteArray());
            assertThat(view.eventTime()).isEqualTo(generator.eventTimeMillis());
            assertThat(view.pageId())
                    .isEqualTo(new String(generator.key(), UTF_8))
                    .matches("page-\\d{1,4}");
            assertThat(view.userId()).matches("user-\\d{1,5}");
            assertThat(view.dwellMs()).isBetween(0, 59_999);
            assertThat(generator.arrivalMillis()).isEqualTo(day.arrivalMillis(i));
            bytes += sink.size();
        }
        assertThat((double) bytes / EVENTS).isBetween(83.0, 85.0);
    }

    @Test
    void theSameSettingsMakeTheSameBytes() throws Exception {
        assertThat(sha256Of(SETTINGS))
                .isEqualTo(sha256Of(SETTINGS))
                .isEqualTo("aba3d92ec9bd3503a36866eb9e5987167ad8ec2d5a254f643daa819b7b0d432f");
        assertThat(sha256Of(PageViewSettings.of(43, LatenessProfile.HOURS))).isNotEqualTo(sha256Of(SETTINGS));
    }

    @Test
    void pagesUsersAndDwellTimesAreSpreadAsTheSettingsSay() throws Exception {
        PageViewGenerator generator = new PageViewGenerator(SETTINGS);
        int[] pages = new int[10_000];
        int[] usersByTenth = new int[10];
        int evenDwells = 0;
        long dwellSum = 0;
        for (int i = 0; i < EVENTS; i++) {
            sink.reset();
            generator.next(day.arrivalMillis(i), sink);
            PageView view = codec.decode(sink.array(), 0, sink.size());
            pages[Integer.parseInt(view.pageId().substring("page-".length()))]++;
            usersByTenth[Integer.parseInt(view.userId().substring("user-".length())) / 10_000]++;
            evenDwells += view.dwellMs() % 2 == 0 ? 1 : 0;
            dwellSum += view.dwellMs();
        }
        assertThat(share(pages[0])).isCloseTo(0.1022, within(0.003));
        assertThat(share(pages[1])).isCloseTo(0.0511, within(0.003));
        assertThat(share(pages[99])).isCloseTo(0.0010, within(0.0004));
        for (int users : usersByTenth) {
            assertThat(share(users)).isCloseTo(0.1, within(0.004));
        }
        assertThat(share(evenDwells)).isCloseTo(0.5, within(0.005));
        assertThat((double) dwellSum / EVENTS).isCloseTo(30_000, within(200.0));
    }

    @Test
    void latenessOfHours() {
        assertLateness(LatenessProfile.HOURS, 1_000, 600_000, 7_200_000);
    }

    @Test
    void latenessOfSeconds() {
        assertLateness(LatenessProfile.SECONDS, 200, 1_000, 5_000);
    }

    @Test
    void nothingIsAllocatedPerEvent() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        PageViewGenerator generator = new PageViewGenerator(SETTINGS);
        generate(generator);
        long before = threads.getCurrentThreadAllocatedBytes();
        generate(generator);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(EVENTS / 10);
    }

    @Test
    void eventsBefore1970AreRefused() {
        PageViewGenerator generator = new PageViewGenerator(SETTINGS);
        assertThatIllegalArgumentException().isThrownBy(() -> generator.next(-1, sink));
        assertThat(sink.size()).isZero();
    }

    private void assertLateness(LatenessProfile profile, long orderly, long late, long veryLate) {
        PageViewGenerator generator = new PageViewGenerator(PageViewSettings.of(7, profile));
        int[] classes = new int[3];
        long greatest = 0;
        for (int i = 0; i < EVENTS; i++) {
            sink.reset();
            generator.next(day.arrivalMillis(i), sink);
            long delay = generator.arrivalMillis() - generator.eventTimeMillis();
            classes[delay < orderly ? 0 : delay < late ? 1 : 2]++;
            greatest = Math.max(greatest, delay);
            assertThat(delay).isBetween(0L, veryLate - 1);
        }
        assertThat(share(classes[0])).isCloseTo(0.95, within(0.002));
        assertThat(share(classes[1])).isCloseTo(0.04, within(0.002));
        assertThat(share(classes[2])).isCloseTo(0.01, within(0.001));
        assertThat(greatest).isGreaterThan(veryLate * 99 / 100);
    }

    private String sha256Of(PageViewSettings settings) throws Exception {
        PageViewGenerator generator = new PageViewGenerator(settings);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int i = 0; i < EVENTS; i++) {
            sink.reset();
            generator.next(day.arrivalMillis(i), sink);
            digest.update(sink.array(), 0, sink.size());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private void generate(PageViewGenerator generator) {
        for (int i = 0; i < EVENTS; i++) {
            sink.reset();
            generator.next(day.arrivalMillis(i), sink);
        }
    }

    private static double share(int count) {
        return (double) count / EVENTS;
    }
}
