package io.tidemill.compat.consistency;

/**
 * A record's value, of which there is only one in all topics.
 *
 * @param writer what sees to the order: a producer, or a transactional id
 * @param number counts the writer's records, or its transactions
 * @param index within the transaction
 * @param total of the transaction; zero outside of transactions
 * @param aborts whether the transaction was aborted on purpose
 */
record Value(String writer, long number, int index, int total, boolean aborts) {
    static Value parse(String text) {
        String[] parts = text.split("/", -1);
        return new Value(
                parts[0],
                Long.parseLong(parts[1]),
                Integer.parseInt(parts[2]),
                Integer.parseInt(parts[3]),
                Boolean.parseBoolean(parts[4]));
    }

    String text() {
        return writer + "/" + number + "/" + index + "/" + total + "/" + aborts;
    }

    boolean isTransactional() {
        return total > 0;
    }

    TransactionId transaction() {
        return new TransactionId(writer, number);
    }

    /** A transaction of one writer. */
    record TransactionId(String writer, long number) {}

    boolean isAfter(Value before) {
        return number > before.number || (number == before.number && index > before.index);
    }
}
