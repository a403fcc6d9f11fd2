package io.tidemill.cli;

import io.tidemill.cli.process.Stop;
import io.tidemill.cli.process.Surroundings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A log that is served for a moment to clients in the same process. The script has the JVM watch it, and keep the classes
 * that it loads as it needs them, so that later starts need not read and check them again.
 */
final class Rehearsal {
    private static final String TOPIC = "rehearsal";
    private static final Pattern ADDRESS = Pattern.compile("connect to (\\S+);");
    private static final Duration ENOUGH = Duration.ofSeconds(10);

    private Rehearsal() {}

    /** Leaves nothing behind. */
    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory("tidemill-rehearsal");
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        Stop stop = Stop.byRequest();
        Surroundings surroundings = new Surroundings(InputStream.nullInputStream(), out, out, false, stop);
        String data = directory.resolve("data").toString();
        Thread server =
                new Thread(() -> Main.run(surroundings, "serve", "--data", data, "--listen", "127.0.0.1:0"), "server");
        server.start();
        try {
            String bootstrap = address(server, said);
            administrate(bootstrap);
            produce(bootstrap);
            consume(bootstrap);
        } finally {
            stop.request();
            server.join();
            delete(directory);
        }
    }

    private static String address(Thread server, ByteArrayOutputStream said) throws InterruptedException {
        while (server.isAlive()) {
            Matcher matcher = ADDRESS.matcher(said.toString(StandardCharsets.UTF_8));
            if (matcher.find()) {
                return matcher.group(1);
            }
            server.join(10);
        }
        throw new IllegalStateException("it did not start: " + said.toString(StandardCharsets.UTF_8));
    }

    private static void administrate(String bootstrap) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1)))
                    .all()
                    .get(ENOUGH.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static void produce(String bootstrap) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, new byte[1])).get(ENOUGH.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static void consume(String bootstrap) {
        Map<String, Object> config =
                Map.of("bootstrap.servers", bootstrap, "group.id", TOPIC, "auto.offset.reset", "earliest");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            if (!consumer.poll(ENOUGH).isEmpty()) {
                consumer.commitSync(ENOUGH);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
