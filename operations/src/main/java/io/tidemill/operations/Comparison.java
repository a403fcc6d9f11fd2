package io.tidemill.operations;

import io.tidemill.api.Window;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Elements.Element;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the source says there should be, held against what the results topic holds. One pass over both; not thread-safe. */
interface Comparison {
    /** Does with the elements of one record what may fail, and leaves no trace. */
    void rehearse(List<Element> elements, RecordCursor record) throws Exception;

    /** Takes an element of a record that did not fail. */
    void expect(Element element, @Nullable Window window, boolean late, RecordCursor record) throws Exception;

    /**
     * Takes a record of the results topic, in the order of its partition.
     *
     * @param recent whether it may be newer than what is known of the pipeline
     */
    void find(RecordCursor result, boolean recent);

    /** Once everything has been taken. */
    void conclude(Recount recount, Tally tally);
}
