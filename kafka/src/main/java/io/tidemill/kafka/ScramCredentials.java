package io.tidemill.kafka;

import java.security.NoSuchAlgorithmException;
import java.util.Map;
import org.apache.kafka.common.security.authenticator.CredentialCache;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.jspecify.annotations.Nullable;

/** Credentials for SASL's SCRAM, made from passwords when a user first comes: each takes some milliseconds. */
final class ScramCredentials extends CredentialCache {
    private static final int ITERATIONS = 8_192;

    private final Map<String, String> passwords;
    private final Map<ScramMechanism, OfMechanism> byMechanism = Map.of(
            ScramMechanism.SCRAM_SHA_256, new OfMechanism(ScramMechanism.SCRAM_SHA_256),
            ScramMechanism.SCRAM_SHA_512, new OfMechanism(ScramMechanism.SCRAM_SHA_512));

    ScramCredentials(Map<String, String> passwords) {
        this.passwords = passwords;
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway"})
    public <C> Cache<C> cache(String mechanism, Class<C> credentialClass) {
        ScramMechanism known = ScramMechanism.forMechanismName(mechanism);
        return known == null ? null : (Cache<C>) byMechanism.get(known);
    }

    private final class OfMechanism extends Cache<ScramCredential> {
        private final ScramMechanism mechanism;

        OfMechanism(ScramMechanism mechanism) {
            super(ScramCredential.class);
            this.mechanism = mechanism;
        }

        @Override
        public synchronized @Nullable ScramCredential get(String user) {
            ScramCredential known = super.get(user);
            String password = passwords.get(user);
            if (known != null || password == null) {
                return known;
            }
            ScramCredential made = make(password);
            put(user, made);
            return made;
        }

        private ScramCredential make(String password) {
            try {
                return new ScramFormatter(mechanism).generateCredential(password, ITERATIONS);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("this JVM does not know " + mechanism.mechanismName(), e);
            }
        }
    }
}
