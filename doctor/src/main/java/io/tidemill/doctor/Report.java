package io.tidemill.doctor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a rule says of its incidents. */
record Report(
        Severity severity,
        String summary,
        List<String> evidence,
        @Nullable Remedy remedy) {}
