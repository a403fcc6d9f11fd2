package io.tidemill.engine;

import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Header;
import io.tidemill.api.failure.Classification;
import io.tidemill.api.failure.Classifier;
import io.tidemill.api.failure.ErrorText;
import io.tidemill.api.failure.Fingerprint;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes dead letters of failures. Thread-safe. */
final class DeadLetters {
    private static final Classification CODE = new Classification(FailureClass.CODE, "any-exception");

    private final DeadLetter.Reader reader;
    private final String codeVersion;
    private final InstantSource clock;
    private final Classifier classifier;

    DeadLetters(CompiledPipeline pipeline, String codeVersion, InstantSource clock) {
        this.reader = DeadLetter.Reader.pipeline(pipeline.name());
        this.codeVersion = codeVersion;
        this.clock = clock;
        this.classifier = pipeline.pipeline.failurePolicy().classifier();
    }

    /** @param reason what to call it, unless the engine itself has found the failure and says */
    DeadLetter of(
            byte @Nullable [] key,
            byte @Nullable [] payload,
            List<Header> headers,
            DeadLetter.Origin origin,
            DeadLetter.Phase phase,
            String operator,
            String reason,
            Throwable error) {
        Instant now = clock.instant();
        // What the engine itself has found has no trace worth keeping, unless something was thrown to make it so.
        Throwable cause = error instanceof RecordFailure ? error.getCause() : error;
        Classification classification = classify(error);
        String code = error instanceof RecordFailure failure ? failure.reason() : reason;
        return new DeadLetter(
                key,
                payload,
                headers,
                origin,
                reader,
                phase,
                operator,
                classification.failureClass(),
                classification.rule(),
                code,
                cause == null ? "" : cause.getClass().getName(),
                ErrorText.message(error),
                cause == null ? "" : ErrorText.stackTrace(cause),
                Fingerprint.of(operator, code, cause == null ? error : cause),
                1,
                now,
                now,
                codeVersion,
                null);
    }

    /** What the engine has found is what it says, unless it was something else that kept it from its work. */
    private Classification classify(Throwable error) {
        if (!(error instanceof RecordFailure failure)) {
            return classifier.classify(error, CODE);
        }
        Classification found = new Classification(failure.failureClass(), failure.reason());
        Throwable cause = failure.getCause();
        return cause == null ? found : classifier.classify(cause, found);
    }
}
