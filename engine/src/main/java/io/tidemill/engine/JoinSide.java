package io.tidemill.engine;

import io.tidemill.api.Codec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
     * @param rowBefore null where it was not there, and so is {@code valueBefore}
     * @param rowAfter null where it is not there any more, and so is {@code valueAfter}
     * @param isSame whether nothing about it has changed
     */
    record Place(
            @Nullable KeptRow rowBefore,
            @Nullable KeptRow rowAfter,
            @Nullable Object valueBefore,
            @Nullable Object valueAfter,
            boolean isSame) {
        boolean before() {
            return rowBefore != null;
        }

        boolean after() {
            return rowAfter != null;
        }

        /** As it is, or was. */
        KeptRow row() {
            return rowAfter != null ? rowAfter : Objects.requireNonNull(rowBefore);
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
                side.places.add(new Place(null, row, null, value, false));
            } else {
                boolean isSame = was.hasSameContent(row);
                side.places.add(new Place(was, row, isSame ? value : decoded(was, codec), value, isSame));
            }
            side.countAfter++;
        }
        for (KeptRow gone : former) {
            if (known.containsKey(ByteBuffer.wrap(gone.origin()))) {
                side.places.add(new Place(gone, null, decoded(gone, codec), null, false));
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

    /** The values of the rows that were there, in the order that they had. */
    List<Object> valuesBefore() {
        return places.stream()
                .filter(Place::before)
                .sorted(Comparator.comparing(place -> Objects.requireNonNull(place.rowBefore()), KeptRow.ORDER))
                .map(place -> Objects.requireNonNull(place.valueBefore()))
                .toList();
    }

    /** The values of the rows that are there, in their order. */
    List<Object> valuesAfter() {
        return places.stream()
                .filter(Place::after)
                .map(place -> Objects.requireNonNull(place.valueAfter()))
                .toList();
    }

    boolean isSame() {
        return places.stream().allMatch(Place::isSame);
    }

    /** How many more rows there are than there were. */
    int grown() {
        return countAfter - countBefore;
    }
}
