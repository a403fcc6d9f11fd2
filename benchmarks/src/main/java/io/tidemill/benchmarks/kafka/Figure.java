package io.tidemill.benchmarks.kafka;

/** One measured number. It travels between processes as a line. */
record Figure(String name, String unit, boolean moreIsBetter, double value) {
    private static final String MARK = "figure";

    static Figure more(String name, String unit, double value) {
        return new Figure(name, unit, true, value);
    }

    static Figure less(String name, String unit, double value) {
        return new Figure(name, unit, false, value);
    }

    static boolean isLine(String line) {
        return line.startsWith(MARK + "\t");
    }

    static Figure parse(String line) {
        String[] parts = line.split("\t", -1);
        return new Figure(parts[1], parts[2], Boolean.parseBoolean(parts[3]), Double.parseDouble(parts[4]));
    }

    String line() {
        return String.join("\t", MARK, name, unit, String.valueOf(moreIsBetter), String.valueOf(value));
    }
}
