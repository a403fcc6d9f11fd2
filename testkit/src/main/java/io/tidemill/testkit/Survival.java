package io.tidemill.testkit;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What a crash leaves of the pending changes of a file.
 *
 * @param sectors for each change, which of its sectors reached the disk
 * @param lengths how many of the changes, from the first on, have changed the file's length
 * @param lengthPart how far the one after those has grown the file, 0 to 1
 */
record Survival(Tear[] sectors, int lengths, double lengthPart) {
    /** Which sectors of one write reached the disk. */
    interface Tear {
        Tear WHOLE = (sector, count) -> true;
        Tear NOTHING = (sector, count) -> false;

        boolean survives(int sector, int count);
    }

    static Survival everything(int changes) {
        Tear[] tears = new Tear[changes];
        Arrays.fill(tears, Tear.WHOLE);
        return new Survival(tears, changes, 0);
    }

    static Survival random(int changes, SplittableRandom random) {
        // Independent coins alone would hardly ever keep everything, or keep all but the last write.
        return switch (random.nextInt(6)) {
            case 0 -> prefix(changes, changes, random);
            case 1 -> prefix(changes, 0, random);
            case 2, 3 -> prefix(changes, random.nextInt(changes + 1), random);
            case 4 -> each(changes, chance(random), 0, random);
            default -> each(changes, chance(random), chance(random), random);
        };
    }

    private static double chance(SplittableRandom random) {
        return new double[] {0.05, 0.5, 0.95}[random.nextInt(3)];
    }

    private static Survival prefix(int changes, int whole, SplittableRandom random) {
        Tear[] tears = new Tear[changes];
        for (int i = 0; i < changes; i++) {
            tears[i] = i < whole ? Tear.WHOLE : i == whole ? torn(random) : Tear.NOTHING;
        }
        return new Survival(tears, whole, random.nextDouble());
    }

    /** Each change is whole with chance {@code whole}, else torn with chance {@code torn}; lengths go their own way. */
    private static Survival each(int changes, double whole, double torn, SplittableRandom random) {
        Tear[] tears = new Tear[changes];
        for (int i = 0; i < changes; i++) {
            tears[i] =
                    random.nextDouble() < whole ? Tear.WHOLE : random.nextDouble() < torn ? torn(random) : Tear.NOTHING;
        }
        int lengths = random.nextBoolean() ? changes : random.nextInt(changes + 1);
        return new Survival(tears, lengths, random.nextDouble());
    }

    private static Tear torn(SplittableRandom random) {
        double share = random.nextDouble();
        return switch (random.nextInt(4)) {
            case 0 -> Tear.NOTHING;
            case 1 -> (sector, count) -> sector < share * count;
            case 2 -> (sector, count) -> sector >= share * count;
            default -> (sector, count) -> random.nextDouble() < share;
        };
    }
}
