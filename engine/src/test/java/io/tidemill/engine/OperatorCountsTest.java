package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OperatorCountsTest {
    @Test
    void partsAddUpAndMayTakeBack() {
        OperatorCounts total = new OperatorCounts();
        OperatorCounts part = new OperatorCounts();
        part.in += 5;
        part.out += 3;
        part.drop("UNMATCHED_LEFT", 2);
        part.drop("UNMATCHED_RIGHT", 1);
        total.take(part);
        assertThat(part.in).isZero();
        assertThat(part.dropped()).isEmpty();
        part.in += -1;
        part.drop("UNMATCHED_RIGHT", -1);
        total.take(part);
        assertThat(total.in).isEqualTo(4);
        assertThat(total.out).isEqualTo(3);
        assertThat(total.dropped()).isEqualTo(Map.of("UNMATCHED_LEFT", 2L));
    }

    @Test
    void itReadsWhatItWrote() {
        OperatorCounts counts = new OperatorCounts();
        counts.in += 7;
        counts.out += -1;
        counts.drop("A", 3);
        ByteSink sink = new ByteSink();
        counts.write(sink);
        OperatorCounts read = OperatorCounts.read(new ByteSource(sink.toByteArray()));
        assertThat(read.in).isEqualTo(7);
        assertThat(read.out).isEqualTo(-1);
        assertThat(read.dropped()).isEqualTo(Map.of("A", 3L));
    }
}
