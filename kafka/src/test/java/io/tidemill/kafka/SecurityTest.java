package io.tidemill.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.kafka.AccessRules.Operation;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.AccessRules.Rule;
import io.tidemill.kafka.Security.Mechanism;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class SecurityTest {
    private static final String PASSWORD = "p\"a s\\s;w'ord";

    @TempDir
    Path directory;

    /** A key pair that this test makes for itself. */
    private Path keyStore() throws Exception {
        Path store = directory.resolve("keys.p12");
        if (Files.notExists(store)) {
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "server",
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=localhost",
                            "-ext",
                            "san=dns:localhost,ip:127.0.0.1",
                            "-validity",
                            "2",
                            "-storetype",
                            "PKCS12",
                            "-keystore",
                            store.toString(),
                            "-storepass",
                            "changeit")
                    .inheritIO()
                    .start();
            assertThat(keytool.waitFor()).isZero();
        }
        return store;
    }

    private TestServer server() throws Exception {
        Security security = new Security(
                keyStore(),
                "PKCS12",
                "changeit",
                Set.of(Mechanism.values()),
                Map.of("admin", PASSWORD, "ann", PASSWORD));
        List<Rule> rules = new ArrayList<>(AccessRules.administrator("admin"));
        rules.add(new Rule("ann", Operation.READ, Resource.TOPIC, "seen", false));
        rules.add(new Rule("ann", Operation.WRITE, Resource.TOPIC, "ann-", true));
        return new TestServer(directory.resolve("data"), options -> options.secured(security, AccessRules.of(rules)));
    }

    private Map<String, Object> client(TestServer server, Mechanism mechanism, String user, String password)
            throws Exception {
        String module = mechanism == Mechanism.PLAIN
                ? "org.apache.kafka.common.security.plain.PlainLoginModule"
                : "org.apache.kafka.common.security.scram.ScramLoginModule";
        String quoted = password.replace("\\", "\\\\").replace("\"", "\\\"");
        return new HashMap<>(Map.of(
                "bootstrap.servers",
                server.server.bootstrap(),
                "security.protocol",
                "SASL_SSL",
                "ssl.truststore.location",
                keyStore().toString(),
                "ssl.truststore.password",
                "changeit",
                "sasl.mechanism",
                mechanism.saslName(),
                "sasl.jaas.config",
                module + " required username=\"" + user + "\" password=\"" + quoted + "\";"));
    }

    @ParameterizedTest
    @EnumSource(Mechanism.class)
    void whoProvesWhoTheyAreMayWork(Mechanism mechanism) throws Exception {
        try (TestServer server = server();
                Admin admin = Admin.create(client(server, mechanism, "admin", PASSWORD))) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get(30, TimeUnit.SECONDS);
            assertThat(admin.describeAcls(AclBindingFilter.ANY).values().get(30, TimeUnit.SECONDS))
                    .hasSize(6);
            try (KafkaProducer<String, String> producer =
                    server.producer(client(server, mechanism, "admin", PASSWORD))) {
                assertThat(producer.send(new ProducerRecord<>("t", "k", "v"))
                                .get(30, TimeUnit.SECONDS)
                                .offset())
                        .isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Mechanism.class)
    void whoDoesNotMayNot(Mechanism mechanism) throws Exception {
        try (TestServer server = server()) {
            for (String user : List.of("admin", "nobody")) {
                try (Admin admin = Admin.create(client(server, mechanism, user, "wrong"))) {
                    assertThatThrownBy(() -> admin.listTopics().names().get(30, TimeUnit.SECONDS))
                            .hasCauseInstanceOf(SaslAuthenticationException.class);
                }
            }
            Map<String, Object> plain = Map.of("default.api.timeout.ms", 2_000, "request.timeout.ms", 1_000);
            try (Admin admin = Admin.create(server.client(plain))) {
                assertThatThrownBy(() -> admin.listTopics().names().get(30, TimeUnit.SECONDS))
                        .isInstanceOf(Exception.class);
            }
        }
    }

    @Test
    void usersSeeAndDoWhatTheRulesSay() throws Exception {
        try (TestServer server = server();
                Admin admin = Admin.create(client(server, Mechanism.PLAIN, "admin", PASSWORD));
                Admin ann = Admin.create(client(server, Mechanism.PLAIN, "ann", PASSWORD))) {
            admin.createTopics(List.of(
                            new NewTopic("seen", 1, (short) 1),
                            new NewTopic("hidden", 1, (short) 1),
                            new NewTopic("ann-1", 1, (short) 1)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            assertThat(ann.listTopics().names().get(30, TimeUnit.SECONDS)).containsExactlyInAnyOrder("seen", "ann-1");
            for (String name : List.of("hidden", "missing")) {
                assertThatThrownBy(() -> ann.describeTopics(List.of(name))
                                .allTopicNames()
                                .get(30, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(TopicAuthorizationException.class);
                assertThatThrownBy(() -> ann.deleteTopics(List.of(name)).all().get(30, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(TopicAuthorizationException.class);
            }
            Map<String, Object> asAnn = client(server, Mechanism.PLAIN, "ann", PASSWORD);
            asAnn.put("enable.idempotence", true);
            try (KafkaProducer<String, String> producer = server.producer(asAnn)) {
                assertThat(producer.send(new ProducerRecord<>("ann-1", "k", "v"))
                                .get(30, TimeUnit.SECONDS)
                                .offset())
                        .isZero();
                assertThatThrownBy(() -> producer.send(new ProducerRecord<>("seen", "k", "v"))
                                .get(30, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(TopicAuthorizationException.class);
            }
            asAnn = client(server, Mechanism.PLAIN, "ann", PASSWORD);
            asAnn.put("group.id", "g");
            try (KafkaConsumer<String, String> consumer = server.consumer(asAnn)) {
                consumer.subscribe(List.of("seen"));
                assertThatThrownBy(() -> TestServer.poll(consumer, 1)).isInstanceOf(GroupAuthorizationException.class);
            }
        }
    }

    @Test
    void listeningBeyondTheMachineNeedsSecurity() {
        assertThatThrownBy(() -> KafkaServerOptions.defaults().listen("0.0.0.0", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("TLS and SASL");
    }
}
