package io.tidemill.compat.differential;

/** Between two questions. */
final class Pause {
    private Pause() {}

    static void briefly() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
