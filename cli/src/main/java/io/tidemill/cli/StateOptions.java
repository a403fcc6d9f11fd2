package io.tidemill.cli;

import io.tidemill.engine.state.StateBackend;
import io.tidemill.rocksdb.RocksStores;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where state is kept. */
final class StateOptions {
    enum Backend {
        MEMORY,
        ROCKSDB
    }

    static final class BackendConverter implements ITypeConverter<Backend> {
        @Override
        public Backend convert(String text) {
            try {
                return Backend.valueOf(text.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + text + "' is neither memory nor rocksdb");
            }
        }
    }

    @Option(
            names = "--state",
            paramLabel = "memory|rocksdb",
            converter = BackendConverter.class,
            description =
                    "Where the state of windows and all other operators is kept: 'memory' (default) is the fastest,"
                            + " 'rocksdb' holds more than memory does. It changes no result.")
    Backend backend = Backend.MEMORY;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "Where RocksDB keeps it; 'state' in the data directory unless set.")
    @Nullable
    Path directory;

    StateBackend backend(DataOptions data) {
        return backend == Backend.MEMORY ? StateBackend.inMemory() : StateBackend.in(stores(data));
    }

    RocksStores stores(DataOptions data) {
        return stores(directory, data);
    }

    static RocksStores stores(@Nullable Path directory, DataOptions data) {
        return RocksStores.in(directory == null ? data.data().resolve(RocksStores.DIRECTORY_DEFAULT) : directory);
    }
}
