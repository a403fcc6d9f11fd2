package io.tidemill.examples;

/**
 * What a {@link PageViewGenerator} makes. Equal settings make equal bytes, on every machine.
 *
 * @param pages 1 to 1,000,000; page-0 is the most frequent, page-n has a share proportional to 1 / (n + 1)
 * @param users 1 to 100,000,000, all equally frequent
 * @param dwellMsMax the dwell times are spread evenly from 0 to this, both included; 0 to 86,400,000
 */
public record PageViewSettings(long seed, int pages, int users, int dwellMsMax, LatenessProfile lateness) {
    public static final int PAGES_DEFAULT = 10_000;
    public static final int USERS_DEFAULT = 100_000;
    public static final int DWELL_MS_MAX_DEFAULT = 59_999;
    private static final int PAGES_MAX = 1_000_000;
    private static final int USERS_MAX = 100_000_000;
    private static final int DWELL_MS_LIMIT = 86_400_000;

    public PageViewSettings {
        requireRange("pages", pages, 1, PAGES_MAX);
        requireRange("users", users, 1, USERS_MAX);
        requireRange("dwellMsMax", dwellMsMax, 0, DWELL_MS_LIMIT);
    }

    public static PageViewSettings of(long seed, LatenessProfile lateness) {
        return new PageViewSettings(seed, PAGES_DEFAULT, USERS_DEFAULT, DWELL_MS_MAX_DEFAULT, lateness);
    }

    private static void requireRange(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " is " + least + " to " + most + ", not " + value);
        }
    }
}
