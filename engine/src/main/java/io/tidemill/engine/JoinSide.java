package io.tidemill.engine;

import io.tidemill.api.Codec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of one side of a join, as they were and as they are, decoded. */
final class JoinSide {
    /** In the order of the rows; those that are gone last. */
    final List<Place> places = new ArrayList<>();

    int countBefore;
    int countAfter;

    /**
     * A row that was there, or is, or both.
     *
     * @param row as it is, or was
     * @param isSame whether nothing about it has changed
     */
    record Place(
            KeptRow row,
            @Nullable Object valueBefore,
            @Nullable Object valueAfter,
            boolean isSame) {
        boolean before() {
            return valueBefore != null;
        }

        boolean after() {
            return valueAfter != null;
        }
    }

    private JoinSide() {}

    /** @param before in the order of the rows, of both sides; {@code after} too */
    static JoinSide of(List<KeptRow> before, List<KeptRow> after, int input, Codec<Object> codec) throws Exception {
        JoinSide side = new JoinSide();
        Map<ByteBuffer, KeptRow> known = new HashMap<>();
        List<KeptRow> former = rowsOf(before, input);
        former.forEach(row -> known.put(ByteBuffer.wrap(row.origin()), row));
        side.countBefore = former.size();
        for (KeptRow row : rowsOf(after, input)) {
            KeptRow was = known.remove(ByteBuffer.wrap(row.origin()));
            Object value = decoded(row, codec);
            if (was == null) {
                side.places.add(new Place(row, null, value, false));
            } else {
                boolean isSame = was.hasSameContent(row);
                side.places.add(new Place(row, isSame ? value : decoded(was, codec), value, isSame));
            }
            side.countAfter++;
        }
        for (KeptRow gone : former) {
            if (known.containsKey(ByteBuffer.wrap(gone.origin()))) {
                side.places.add(new Place(gone, decoded(gone, codec), null, false));
            }
        }
        return side;
    }

    private static List<KeptRow> rowsOf(List<KeptRow> rows, int input) {
        return rows.stream().filter(row -> row.input() == input).toList();
    }

    private static Object decoded(KeptRow row, Codec<Object> codec) throws Exception {
        return codec.decode(row.bytes(), 0, row.bytes().length);
    }

    /** How many more rows there are than there were. */
    int grown() {
        return countAfter - countBefore;
    }
}
