package io.tidemill.consumer;

/** What happens to a record for which no retry is left, but for stopping. */
final class Discard {
    private Discard() {}

    static void to(FailureStrategy.Outcome outcome, FailedRecord failed, FailureContext context) throws Exception {
        if (outcome instanceof FailureStrategy.Outcome.Skip skip) {
            skip.callback().accept(failed);
        } else if (outcome instanceof FailureStrategy.Outcome.DeadLetter letters) {
            letters.sink().accept(failed, context);
        }
    }
}
