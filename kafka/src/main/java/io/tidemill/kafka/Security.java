package io.tidemill.kafka;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * TLS for the connection and SASL for who is at its other end.
 *
 * @param keyStore the server's key and certificate
 * @param keyStoreType {@code PKCS12}, {@code JKS} or {@code PEM}
 * @param keyStorePassword of the store and its key; empty for {@code PEM} without one
 * @param mechanisms how users may prove who they are
 * @param passwords by user name
 */
public record Security(
        Path keyStore,
        String keyStoreType,
        String keyStorePassword,
        Set<Mechanism> mechanisms,
        Map<String, String> passwords) {
    public static final int USERS_MAX = 10_000;

    /** A way to authenticate. */
    public enum Mechanism {
        PLAIN("PLAIN"),
        SCRAM_SHA_256("SCRAM-SHA-256"),
        SCRAM_SHA_512("SCRAM-SHA-512");

        private final String saslName;

        Mechanism(String saslName) {
            this.saslName = saslName;
        }

        String saslName() {
            return saslName;
        }
    }

    public Security {
        mechanisms = Set.copyOf(mechanisms);
        passwords = Map.copyOf(passwords);
        List<String> mistakes = new ArrayList<>();
        if (!Set.of("PKCS12", "JKS", "PEM").contains(keyStoreType)) {
            mistakes.add("keyStoreType is PKCS12, JKS or PEM, not " + keyStoreType);
        }
        if (mechanisms.isEmpty()) {
            mistakes.add("at least one SASL mechanism is needed");
        }
        if (passwords.isEmpty() || passwords.size() > USERS_MAX) {
            mistakes.add("there are 1 to " + USERS_MAX + " users, not " + passwords.size());
        }
        passwords.forEach((user, password) -> {
            if (user.isBlank() || password.isEmpty()) {
                mistakes.add("user '" + user + "' needs a name and a password");
            }
        });
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
    }

    /** Without the passwords. */
    @Override
    public String toString() {
        return "Security[keyStore=" + keyStore + ", mechanisms=" + mechanisms + ", users=" + passwords.size() + "]";
    }
}
