package io.tidemill.compat.clients;

import io.tidemill.cli.Main;
import io.tidemill.compat.clients.script.ParentWatch;

/** The {@code tidemill} command, that ends with its parent. */
final class ServeProcess {
    private ServeProcess() {}

    public static void main(String[] args) {
        ParentWatch.start();
        Main.main(args);
    }
}
