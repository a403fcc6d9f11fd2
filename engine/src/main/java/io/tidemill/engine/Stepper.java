package io.tidemill.engine;

/**
 * A pipeline whose steps the caller takes: for tests, and for jobs that end. Not thread-safe. After an exception it is of no
 * further use; open another.
 */
public final class Stepper implements AutoCloseable {
    private final PipelineTask task;

    Stepper(PipelineTask task) {
        this.task = task;
    }

    /**
     * What a step did.
     *
     * @param records how many were read
     * @param committed whether there was anything to commit
     * @param hasMore whether another step would have something to do at once
     */
    public record Step(int records, boolean committed, boolean hasMore) {}

    /** Takes one step. */
    public Step step() {
        return convert(task.step());
    }

    /**
     * As {@link #step}, but where there is more to do at once, its commit may still be under way when it returns, and a failure
     * of it is thrown by the next call, but for {@link #close}. Those before it are done.
     */
    public Step stepAhead() {
        return convert(task.stepAhead());
    }

    /** Waits until what all steps did is committed; throws what the last commit failed with. */
    public void settle() {
        task.settle();
    }

    /** Takes one step that closes all windows, whatever the watermark. */
    public Step closeAll() {
        return convert(task.closeAll());
    }

    private static Step convert(PipelineTask.Step step) {
        return new Step(step.records(), step.committed(), step.hasMore());
    }

    /** Folds in all late records that are there. */
    public CorrectionSummary correct() {
        task.settle();
        if (!task.pipeline.hasLateness()) {
            return new CorrectionSummary(0, 0, 0, 0, 0, task.ledger());
        }
        Correction.Counts counts = new Correction(task).run();
        return new CorrectionSummary(
                counts.read(),
                counts.corrected(),
                counts.deferred(),
                counts.uncorrectable(),
                counts.results(),
                task.ledger());
    }

    public Ledger ledger() {
        task.settle();
        return task.ledger();
    }

    /** When, in milliseconds of the clock, a step would have something to do although nothing has come. */
    public long nextTimerMillis() {
        return task.nextTimerAt();
    }

    @Override
    public void close() {
        task.close();
    }
}
