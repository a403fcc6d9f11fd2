package io.tidemill.kafka;

import io.tidemill.kafka.Security.Mechanism;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.memory.MemoryPool;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ChannelBuilder;
import org.apache.kafka.common.network.ChannelBuilders;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.network.PlaintextChannelBuilder;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.security.plain.PlainLoginModule;
import org.apache.kafka.common.security.scram.ScramLoginModule;
import org.apache.kafka.common.security.token.delegation.internals.DelegationTokenCache;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/** Makes what reads and writes connections, with TLS and SASL where they are wanted: all of it kafka-clients' own. */
final class Channels {
    private static final ListenerName LISTENER = new ListenerName("TIDEMILL");

    /** Makes guessing passwords slow. */
    private static final int FAILED_AUTHENTICATION_DELAY_MILLIS = 200;

    private Channels() {}

    static Selector selector(KafkaServerOptions options, Metrics metrics, MemoryPool requestMemory) {
        return new Selector(
                options.requestBytesMax(),
                options.idleTimeout().toMillis(),
                options.security() == null
                        ? Selector.NO_FAILED_AUTHENTICATION_DELAY
                        : FAILED_AUTHENTICATION_DELAY_MILLIS,
                metrics,
                Time.SYSTEM,
                "tidemill",
                Map.of(),
                false,
                false,
                builder(options.security()),
                requestMemory,
                new QuietLogContext());
    }

    private static ChannelBuilder builder(@Nullable Security security) {
        if (security == null) {
            PlaintextChannelBuilder builder = new PlaintextChannelBuilder(LISTENER);
            builder.configure(Map.of());
            return builder;
        }
        List<String> scram = security.mechanisms().stream()
                .filter(mechanism -> mechanism != Mechanism.PLAIN)
                .map(Mechanism::saslName)
                .toList();
        return ChannelBuilders.serverChannelBuilder(
                LISTENER,
                false,
                SecurityProtocol.SASL_SSL,
                new AbstractConfig(BrokerSecurityConfigs.CONFIG_DEF, configuration(security), false),
                new ScramCredentials(security.passwords()),
                new DelegationTokenCache(scram),
                Time.SYSTEM,
                new QuietLogContext(),
                version -> new ApiVersionsResponse(ApiVersionsHandler.offered(true)));
    }

    private static Map<String, Object> configuration(Security security) {
        Map<String, Object> all = new HashMap<>();
        all.put(SslConfigs.SSL_KEYSTORE_LOCATION_CONFIG, security.keyStore().toString());
        all.put(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG, security.keyStoreType());
        if (!security.keyStorePassword().isEmpty()) {
            Password password = new Password(security.keyStorePassword());
            all.put(SslConfigs.SSL_KEY_PASSWORD_CONFIG, password);
            if (!security.keyStoreType().equals("PEM")) {
                all.put(SslConfigs.SSL_KEYSTORE_PASSWORD_CONFIG, password);
            }
        }
        all.put(
                BrokerSecurityConfigs.SASL_ENABLED_MECHANISMS_CONFIG,
                security.mechanisms().stream().map(Mechanism::saslName).toList());
        for (Mechanism mechanism : security.mechanisms()) {
            String prefix = LISTENER.saslMechanismConfigPrefix(mechanism.saslName());
            String module =
                    mechanism == Mechanism.PLAIN ? PlainLoginModule.class.getName() : ScramLoginModule.class.getName();
            all.put(prefix + SaslConfigs.SASL_JAAS_CONFIG, new Password(module + " required;"));
        }
        if (security.mechanisms().contains(Mechanism.PLAIN)) {
            all.put(
                    LISTENER.saslMechanismConfigPrefix(Mechanism.PLAIN.saslName())
                            + BrokerSecurityConfigs.SASL_SERVER_CALLBACK_HANDLER_CLASS_CONFIG,
                    PlainPasswords.class);
            all.put(PlainPasswords.PASSWORDS, security.passwords());
        }
        return all;
    }
}
