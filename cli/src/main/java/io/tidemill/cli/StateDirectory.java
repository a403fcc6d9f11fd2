package io.tidemill.cli;

import io.tidemill.rocksdb.RocksStores;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where state is that a command reads, if it is in RocksDB. */
final class StateDirectory {
    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description =
                    "Where RocksDB keeps the state of pipelines that were run with --state rocksdb; 'state' in the"
                            + " data directory unless set.")
    @Nullable
    Path directory;

    RocksStores stores(DataOptions data) {
        return StateOptions.stores(directory, data);
    }
}
