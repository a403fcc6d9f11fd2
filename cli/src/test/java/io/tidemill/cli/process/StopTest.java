package io.tidemill.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StopTest {
    @Test
    void isAskedOnceAndForAll() throws InterruptedException {
        Stop stop = Stop.byRequest();
        stop.listen();
        assertThat(stop.isRequested()).isFalse();
        assertThat(stop.await(Duration.ofMillis(1))).isFalse();
        stop.request();
        assertThat(stop.isRequested()).isTrue();
        assertThat(stop.await(Duration.ofDays(1))).isTrue();
    }
}
