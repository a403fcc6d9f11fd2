package io.tidemill.cli.output;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import java.util.ArrayList;
import java.util.List;

/** A table of text; columns that are declared numeric are aligned to the right. Not thread-safe. */
public final class Table {
    private static final int CELL_CHARS_MAX = 60;

    private final List<String> headers = new ArrayList<>();
    private final List<HorizontalAlign> aligns = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    public Table text(String header) {
        return column(header, HorizontalAlign.LEFT);
    }

    public Table number(String header) {
        return column(header, HorizontalAlign.RIGHT);
    }

    private Table column(String header, HorizontalAlign align) {
        headers.add(header);
        aligns.add(align);
        return this;
    }

    /** A cell per column: longs with their thousands separated, everything else as it is. */
    public Table row(Object... cells) {
        if (cells.length != headers.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + headers.size() + " columns");
        }
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(cell instanceof Long number ? Text.count(number) : Text.cut(String.valueOf(cell), CELL_CHARS_MAX));
        }
        rows.add(row);
        return this;
    }

    @Override
    public String toString() {
        List<ColumnData<List<String>>> columns = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            int index = i;
            columns.add(new Column()
                    .header(headers.get(i))
                    .headerAlign(aligns.get(i))
                    .dataAlign(aligns.get(i))
                    .maxWidth(CELL_CHARS_MAX + 2)
                    .with(row -> row.get(index)));
        }
        return AsciiTable.builder()
                .border(AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS_NO_OUTSIDE_BORDER)
                .data(rows, columns)
                .asString();
    }
}
