package io.tidemill.consumer;

import java.util.List;
import java.util.function.Function;

/** One record after the other; its output, if there is any, goes with it to the commit. */
final class RecordRunner<K, V, C> implements Runner {
    private final HandlerCall<K, V, C> call;
    private final Flight flight;
    private final Function<Output, C> handlersView;
    private final Publisher publisher;
    private final OutputLimits outputLimits;

    RecordRunner(
            HandlerCall<K, V, C> call,
            Flight flight,
            Function<Output, C> handlersView,
            OutputLimits outputLimits,
            Publisher publisher) {
        this.call = call;
        this.flight = flight;
        this.handlersView = handlersView;
        this.outputLimits = outputLimits;
        this.publisher = publisher;
    }

    @Override
    public int recordsMax() {
        return 1;
    }

    @Override
    public Result run(List<Task> tasks) {
        Task task = tasks.get(0);
        Output output = new Output(outputLimits);
        try {
            call.call(task, handlersView.apply(output));
        } catch (VirtualMachineError e) {
            throw e;
        } catch (Throwable e) {
            return Result.failed(e);
        } finally {
            output.end();
        }
        flight.done(task, output.records(), true);
        return Result.done(1);
    }

    @Override
    public void discard(Task task, FailedRecord failed, FailureStrategy.Outcome outcome) throws Exception {
        Output output = new Output(outputLimits);
        Discard.to(outcome, failed, publisher.into(output));
        output.end();
        flight.done(task, output.records(), false);
    }

    @Override
    public void close() {
        publisher.close();
    }
}
