package io.tidemill.consumer;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.postgresql.ds.PGSimpleDataSource;

/** One real broker and one real database for all tests of the module, started when first needed. */
final class Services {
    private static final Path DIRECTORY = Path.of("target", "services");

    private Services() {}

    private static final class Broker {
        static final String ADDRESS = start();

        private static String start() {
            try {
                return tryStart();
            } catch (Exception e) {
                throw new IllegalStateException("no broker", e);
            }
        }

        private static String tryStart() throws Exception {
            Path directory = directory("kafka");
            int port = freePort(0);
            int controllerPort = freePort(port);
            Path properties = directory.resolve("server.properties");
            write(properties, brokerProperties(directory, port, controllerPort));
            File log = directory.resolve("kafka.log").toFile();
            List<String> options = List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Xmx512m");
            try (ChildJvm format = ChildJvm.start(
                    kafka.tools.StorageTool.class,
                    log,
                    options,
                    "format",
                    "-t",
                    org.apache.kafka.common.Uuid.randomUuid().toString(),
                    "-c",
                    properties.toString())) {
                if (format.await(180) != 0) {
                    throw new IOException("formatting failed, see " + log);
                }
            }
            ChildJvm.start(BrokerMain.class, log, options, properties.toString());
            String address = "127.0.0.1:" + port;
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", address, "default.api.timeout.ms", 180_000))) {
                admin.describeCluster().nodes().get(180, TimeUnit.SECONDS);
            }
            return address;
        }

        private static Properties brokerProperties(Path directory, int port, int controllerPort) {
            Properties all = new Properties();
            all.putAll(Map.of(
                    "process.roles",
                    "broker,controller",
                    "node.id",
                    "1",
                    "controller.quorum.voters",
                    "1@127.0.0.1:" + controllerPort,
                    "listeners",
                    "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort,
                    "controller.listener.names",
                    "CONTROLLER",
                    "log.dirs",
                    directory.resolve("data").toAbsolutePath().toString()));
            all.putAll(Map.of(
                    "offsets.topic.replication.factor", "1",
                    "offsets.topic.num.partitions", "4",
                    "transaction.state.log.replication.factor", "1",
                    "transaction.state.log.min.isr", "1",
                    "transaction.state.log.num.partitions", "4",
                    "transaction.abort.timed.out.transaction.cleanup.interval.ms", "500",
                    "auto.create.topics.enable", "false"));
            all.putAll(Map.of(
                    "group.initial.rebalance.delay.ms", "0",
                    "group.min.session.timeout.ms", "500",
                    "group.consumer.min.heartbeat.interval.ms", "100",
                    "group.consumer.heartbeat.interval.ms", "300",
                    "group.consumer.min.session.timeout.ms", "500",
                    "group.consumer.session.timeout.ms", "6000"));
            return all;
        }
    }

    private static final class Database {
        static final int PORT = start();

        private static int start() {
            try {
                ChildJvm server = ChildJvm.start(
                        PostgresMain.class,
                        directory("postgres").resolve("postgres.log").toFile(),
                        List.of());
                return Integer.parseInt(server.line());
            } catch (IOException e) {
                throw new IllegalStateException("no database, see target/services", e);
            }
        }
    }

    static String broker() {
        return Broker.ADDRESS;
    }

    static int databasePort() {
        return Database.PORT;
    }

    static DataSource database() {
        return database(databasePort());
    }

    static DataSource database(int port) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setServerNames(new String[] {"127.0.0.1"});
        database.setPortNumbers(new int[] {port});
        database.setUser("postgres");
        database.setDatabaseName("postgres");
        return database;
    }

    /** A new topic with a name of its own. */
    static String topic(String prefix, int partitions) throws Exception {
        return topic(prefix, partitions, Map.of());
    }

    static String topic(String prefix, int partitions, Map<String, String> configs) throws Exception {
        String name = prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker()))) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            Records.await("each partition has a leader", () -> hasLeaders(admin, name));
        }
        return name;
    }

    private static boolean hasLeaders(Admin admin, String topic) {
        try {
            TopicDescription known = admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get(30, TimeUnit.SECONDS)
                    .get(topic);
            return known != null && known.partitions().stream().allMatch(partition -> partition.leader() != null);
        } catch (ExecutionException e) {
            return false;
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path directory(String name) throws IOException {
        Path parent = Files.createDirectories(DIRECTORY);
        return Files.createTempDirectory(parent, name);
    }

    private static void write(Path file, Properties properties) throws IOException {
        List<String> lines = new ArrayList<>();
        properties.forEach((name, value) -> lines.add(name + "=" + value));
        Files.write(file, lines);
    }

    /** Below what Linux gives to outgoing connections, which would take it before the broker does. */
    private static int freePort(int except) {
        SplittableRandom random = new SplittableRandom();
        while (true) {
            int candidate = random.nextInt(20_000, 32_000);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), candidate));
                if (candidate != except) {
                    return candidate;
                }
            } catch (IOException e) {
                // Taken: another one.
            }
        }
    }
}
