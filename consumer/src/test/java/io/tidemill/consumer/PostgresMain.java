package io.tidemill.consumer;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;

/** A PostgreSQL server that ends with its parent. Writes its port. */
final class PostgresMain {
    private PostgresMain() {}

    public static void main(String[] arguments) throws IOException {
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setServerConfig("max_connections", "200")
                .setPGStartupWait(Duration.ofSeconds(60))
                .start();
        ChildJvm.endWithParent(() -> {
            try {
                server.close();
            } catch (IOException e) {
                System.err.println("PostgreSQL could not be stopped: " + e);
            }
        });
        System.out.println(server.getPort());
        System.out.flush();
    }
}
