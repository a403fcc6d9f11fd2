package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.log.Commit;
import io.tidemill.log.CommitResult;
import io.tidemill.log.LogException;
import io.tidemill.log.LogWriter;
import io.tidemill.log.TopicPartition;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class CommitsTest {
    private final List<Commit> done = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final Commit first = commit(1);
    private final Commit second = commit(2);

    private static Commit commit(long offset) {
        return Commit.builder().offset("p", new TopicPartition("t", 0), offset).build();
    }

    /** The first waits at the gate. */
    private CommitResult gated(Commit commit) {
        if (commit == first) {
            await();
        }
        done.add(commit);
        return new CommitResult(done.size(), List.of());
    }

    private CommitResult failing(Commit commit) {
        if (commit == first) {
            throw new LogException(LogException.Code.UNAVAILABLE, "the first fails");
        }
        done.add(commit);
        return new CommitResult(done.size(), List.of());
    }

    private void await() {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void oneIsUnderWayAndTheNextFollowsIt() {
        try (Commits commits = new Commits(this::gated, "p")) {
            commits.begin(first);
            assertThat(done).isEmpty();
            new Thread(gate::countDown).start();
            commits.begin(second);
            assertThat(done).startsWith(first);
            commits.await();
            assertThat(done).containsExactly(first, second);
        }
    }

    @Test
    void aCommitWaitsForTheOneUnderWay() {
        try (Commits commits = new Commits(this::gated, "p")) {
            commits.begin(first);
            new Thread(gate::countDown).start();
            commits.commit(second);
            assertThat(done).containsExactly(first, second);
        }
    }

    @Test
    void afterOneThatFailedThereIsNoOther() {
        try (Commits commits = new Commits(this::failing, "p")) {
            commits.begin(first);
            assertThatThrownBy(() -> commits.begin(second)).hasMessageContaining("the first fails");
            assertThatThrownBy(() -> commits.commit(second)).hasMessageContaining("the first fails");
            assertThatThrownBy(commits::await).hasMessageContaining("the first fails");
            assertThat(done).isEmpty();
        }
    }

    @Test
    void closingWaitsAndDoesNotThrow() {
        Commits good = new Commits(this::gated, "p");
        good.begin(first);
        new Thread(gate::countDown).start();
        good.close();
        assertThat(done).containsExactly(first);

        CountDownLatch closed = new CountDownLatch(1);
        Commits bad = new Commits(
                new LogWriter() {
                    @Override
                    public CommitResult commit(Commit commit) {
                        return failing(commit);
                    }

                    @Override
                    public void close() {
                        closed.countDown();
                    }
                },
                "p");
        bad.begin(first);
        assertThatCode(bad::close).doesNotThrowAnyException();
        assertThat(closed.getCount()).isZero();
    }
}
