package io.tidemill.operations;

import io.tidemill.api.Aggregate;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Elements.Element;

/** Takes history through a pipeline's own functions, record by record. Not thread-safe. */
abstract class Walk implements History.Visitor {
    private final Elements elements;
    private final Aggregate<Object, Object, Object> aggregate;

    Walk(Parts parts) {
        this.elements = new Elements(parts);
        this.aggregate = parts.aggregate();
    }

    @Override
    public final void take(int partition, RecordCursor record) {
        Elements.Made made;
        try {
            made = elements.of(partition, record);
            for (Element element : made.elements()) {
                aggregate.add(aggregate.create(), element.value());
            }
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            failed(partition, record);
            return;
        }
        elements.keep();
        taken(partition, record, made);
    }

    /** The record would be a dead letter. */
    abstract void failed(int partition, RecordCursor record);

    /** What became of a record; of nothing, if it was filtered. */
    abstract void taken(int partition, RecordCursor record, Elements.Made made);

    @Override
    public void ended(int partition) {}
}
