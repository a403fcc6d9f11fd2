package io.tidemill.compat;

import io.tidemill.kafka.KafkaServer;
import io.tidemill.kafka.KafkaServerOptions;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A log in a directory of its own, and a server on it, in this process. Not thread-safe. */
public final class TidemillServer implements AutoCloseable {
    private final Path directory;
    private final UnaryOperator<KafkaServerOptions> options;
    private EmbeddedLog log;
    private KafkaServer server;

    private TidemillServer(UnaryOperator<KafkaServerOptions> options) {
        this.options = options;
        try {
            directory = Files.createTempDirectory("tidemill-server");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        log = EmbeddedLog.open(directory, LogOptions.defaults());
        server = serve(0);
    }

    private KafkaServer serve(int port) {
        return KafkaServer.start(
                log, options.apply(KafkaServerOptions.defaults().listen("127.0.0.1", port)));
    }

    public static TidemillServer start() {
        return start(UnaryOperator.identity());
    }

    public static TidemillServer start(UnaryOperator<KafkaServerOptions> options) {
        return new TidemillServer(options);
    }

    public String bootstrap() {
        return server.bootstrap();
    }

    public EmbeddedLog log() {
        return log;
    }

    /** Opens the log again, on the same port. */
    public void restart() {
        int port = Integer.parseInt(bootstrap().substring(bootstrap().lastIndexOf(':') + 1));
        server.close();
        log.close();
        log = EmbeddedLog.open(directory, LogOptions.defaults());
        server = serve(port);
    }

    @Override
    public void close() {
        server.close();
        log.close();
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path each : all) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
