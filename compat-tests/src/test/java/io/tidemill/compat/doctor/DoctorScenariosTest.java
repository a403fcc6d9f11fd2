package io.tidemill.compat.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.doctor.Cause;
import io.tidemill.doctor.Diagnosis;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All scenarios run side by side, because they mostly wait; each test looks at one. */
@Timeout(900)
class DoctorScenariosTest {
    /** A few at once, so that two busy processors do not make sessions expire. */
    private static final int PARALLEL = 5;

    @TempDir
    static Path directory;

    private static final Map<String, Future<Diagnosis>> RUNS = new LinkedHashMap<>();
    private static final ExecutorService EXECUTOR = Executors.newFixedThreadPool(PARALLEL);
    private static @Nullable Scene scene;

    private interface Scenario {
        Diagnosis run(Scenarios of) throws Exception;
    }

    @BeforeAll
    static void start() {
        Scene started = new Scene(directory);
        scene = started;
        for (String protocol : new String[] {"classic", "consumer"}) {
            submit(started, protocol, "healthy", Scenarios::healthy);
            submit(started, protocol, "pollInterval", Scenarios::pollInterval);
            submit(started, protocol, "pollIntervalOfAStaticMember", Scenarios::pollIntervalOfAStaticMember);
            submit(started, protocol, "stall", Scenarios::stall);
            submit(started, protocol, "crash", Scenarios::crash);
            submit(started, protocol, "churn", Scenarios::churn);
            submit(started, protocol, "rollingDeploy", Scenarios::rollingDeploy);
            submit(started, protocol, "topicsChanged", Scenarios::topicsChanged);
            submit(started, protocol, "subscriptionsDiffer", Scenarios::subscriptionsDiffer);
            submit(started, protocol, "slowRevoke", Scenarios::slowRevoke);
            submit(started, protocol, "staticIdReused", Scenarios::staticIdReused);
            submit(started, protocol, "membersWithoutWork", Scenarios::membersWithoutWork);
            submit(started, protocol, "sharedGroup", Scenarios::sharedGroup);
        }
        submit(started, "classic", "cooperative", Scenarios::cooperative);
    }

    private static void submit(Scene on, String protocol, String name, Scenario scenario) {
        RUNS.put(name + " " + protocol, EXECUTOR.submit(() -> scenario.run(new Scenarios(on, protocol))));
    }

    @AfterAll
    static void stop() throws InterruptedException {
        EXECUTOR.shutdownNow();
        EXECUTOR.awaitTermination(30, TimeUnit.SECONDS);
        if (scene != null) {
            scene.close();
        }
    }

    private static Diagnosis diagnosis(String name) throws Exception {
        return Objects.requireNonNull(RUNS.get(name), name).get(800, TimeUnit.SECONDS);
    }

    private static String text(Diagnosis diagnosis) {
        return String.join("\n", diagnosis.lines(120));
    }

    @ParameterizedTest
    @CsvSource({
        "pollInterval classic, POLL_INTERVAL_EXCEEDED",
        "pollInterval consumer, POLL_INTERVAL_EXCEEDED",
        "pollIntervalOfAStaticMember classic, POLL_INTERVAL_EXCEEDED",
        "pollIntervalOfAStaticMember consumer, POLL_INTERVAL_EXCEEDED",
        "stall classic, SESSION_STALL",
        "stall consumer, SESSION_STALL",
        "crash classic, CRASH",
        "crash consumer, CRASH",
        "churn classic, CHURN",
        "churn consumer, CHURN",
        "subscriptionsDiffer classic, SUBSCRIPTIONS_DIFFER",
        "subscriptionsDiffer consumer, SUBSCRIPTIONS_DIFFER",
        "slowRevoke classic, SLOW_REBALANCE",
        "slowRevoke consumer, SLOW_REBALANCE",
        "staticIdReused classic, STATIC_ID_REUSED",
        "staticIdReused consumer, STATIC_ID_REUSED",
        "sharedGroup classic, SHARED_GROUP",
        "sharedGroup consumer, SHARED_GROUP",
    })
    void somethingIsWrong(String name, Cause cause) throws Exception {
        Diagnosis diagnosis = diagnosis(name);

        assertThat(diagnosis.findings().get(0).cause()).as(text(diagnosis)).isEqualTo(cause);
        assertThat(diagnosis.isHealthy()).as(text(diagnosis)).isFalse();
        assertThat(diagnosis.findings().get(0).remedy()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "rollingDeploy classic, ROLLING_DEPLOY",
        "rollingDeploy consumer, ROLLING_DEPLOY",
        "topicsChanged classic, TOPICS_CHANGED",
        "topicsChanged consumer, TOPICS_CHANGED",
        "membersWithoutWork classic, MEMBERS_WITHOUT_WORK",
        "membersWithoutWork consumer, MEMBERS_WITHOUT_WORK",
    })
    void somethingIsWorthKnowing(String name, Cause cause) throws Exception {
        Diagnosis diagnosis = diagnosis(name);

        assertThat(diagnosis.findings().get(0).cause()).as(text(diagnosis)).isEqualTo(cause);
        assertThat(diagnosis.isHealthy()).as(text(diagnosis)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"healthy classic", "healthy consumer", "cooperative classic"})
    void nothingIsWrong(String name) throws Exception {
        Diagnosis diagnosis = diagnosis(name);

        assertThat(diagnosis.lines(100).get(0)).as(text(diagnosis)).endsWith(": nothing wrong.");
        assertThat(diagnosis.rebalances()).isPositive();
    }

    @ParameterizedTest
    @CsvSource("cooperative classic")
    void theSecondPhaseIsNamed(String name) throws Exception {
        Diagnosis diagnosis = diagnosis(name);

        assertThat(diagnosis.findings())
                .as(text(diagnosis))
                .anyMatch(each -> each.cause() == Cause.COOPERATIVE_FOLLOW_UP);
    }
}
