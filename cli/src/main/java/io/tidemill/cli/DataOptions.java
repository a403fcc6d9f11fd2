package io.tidemill.cli;

import io.tidemill.log.Durability;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the data is, and how safe. */
final class DataOptions {
    static final Path DATA_DEFAULT = Path.of("data");

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data directory; ./data unless set (./data/demo for the demo).")
    @Nullable
    Path data;

    @Option(
            names = "--durability",
            paramLabel = "disk|os",
            description = "What a commit survives: 'disk' (default) is synced and survives a loss of power, 'os' only a"
                    + " crash of the process.")
    Durability durability = Durability.DISK;

    Path data() {
        return data == null ? DATA_DEFAULT : data;
    }
}
