package io.tidemill.json;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/** How a simple type is read: defined once, for {@link RecordReader} and for Jackson's data binding alike. */
@FunctionalInterface
interface Scalar {
    /** The value of the parser's current token, which is not {@code null}. */
    Object read(JsonParser parser) throws IOException;
}
