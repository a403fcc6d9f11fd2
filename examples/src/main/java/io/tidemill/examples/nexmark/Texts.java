package io.tidemill.examples.nexmark;

/** Made-up texts. */
final class Texts {
    private static final String[] FIRST_NAMES = {
        "Ada", "Bruno", "Carla", "Dmitri", "Esther", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Keiko", "Lena"
    };
    private static final String[] LAST_NAMES = {
        "Amsel", "Birke", "Castro", "Drexel", "Eklund", "Fabre", "Gupta", "Holm", "Ito", "Jansen"
    };

    /** Each with its state, two of each state. Half of the states are those that query 3 asks for. */
    private static final String[] PLACES = {
        "Mesa, AZ",
        "Tucson, AZ",
        "Fresno, CA",
        "Oakland, CA",
        "Nampa, ID",
        "Pocatello, ID",
        "Eugene, OR",
        "Salem, OR",
        "Spokane, WA",
        "Tacoma, WA",
        "Casper, WY",
        "Laramie, WY"
    };

    private static final String[] HOT_CHANNELS = {"search", "social", "newsletter", "store"};
    private static final int OTHER_CHANNELS = 10_000;
    private static final int STATE_LETTERS = 2;

    private Texts() {}

    static String name(Draws random) {
        return random.oneOf(FIRST_NAMES) + " " + random.oneOf(LAST_NAMES);
    }

    static String emailAddress(Draws random) {
        return letters(random, 7) + "@" + letters(random, 5) + ".example";
    }

    static String creditCard(Draws random) {
        return "0000 " + digits(random) + " " + digits(random) + " " + digits(random);
    }

    /** A city and its state, with a comma between them. */
    static String place(Draws random) {
        return random.oneOf(PLACES);
    }

    static String city(String place) {
        return place.substring(0, place.indexOf(','));
    }

    static String state(String place) {
        return place.substring(place.length() - STATE_LETTERS);
    }

    /** Half of the bidders come by one of few. */
    static String channel(Draws random) {
        return random.below(2) == 0 ? random.oneOf(HOT_CHANNELS) : "channel-" + random.below(OTHER_CHANNELS);
    }

    static String url(Draws random) {
        return "https://auctions.example/" + letters(random, 8);
    }

    /** Words of 3 to {@code lengthMax} characters, blanks included. */
    static String words(Draws random, int lengthMax) {
        char[] text = new char[3 + random.below(lengthMax - 2)];
        for (int i = 0; i < text.length; i++) {
            boolean isBlank = i > 0 && i < text.length - 1 && random.below(13) == 0;
            text[i] = isBlank ? ' ' : letter(random);
        }
        return new String(text);
    }

    /** What is missing to {@code average}, give or take a fifth of it; nothing if nothing is missing. */
    static String extra(Draws random, int average, int present) {
        int missing = Math.max(average - present, 0);
        int spread = missing / 5;
        return letters(random, missing - spread + random.below(2 * spread + 1));
    }

    private static String letters(Draws random, int length) {
        char[] text = new char[length];
        for (int i = 0; i < length; i++) {
            text[i] = letter(random);
        }
        return new String(text);
    }

    private static char letter(Draws random) {
        return (char) ('a' + random.below(26));
    }

    private static String digits(Draws random) {
        return Integer.toString(10_000 + random.below(10_000)).substring(1);
    }
}
