package io.tidemill.kafka;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.plain.PlainAuthenticateCallback;

/** Checks passwords for SASL's PLAIN. Public because kafka-clients makes it by its name; not for others. */
public final class PlainPasswords implements AuthenticateCallbackHandler {
    static final String PASSWORDS = "tidemill.passwords";

    private Map<String, String> passwords = Map.of();

    @Override
    @SuppressWarnings("unchecked")
    public void configure(Map<String, ?> configuration, String mechanism, List<AppConfigurationEntry> jaas) {
        Object given = configuration.get(PASSWORDS);
        passwords = given instanceof Map ? (Map<String, String>) given : Map.of();
    }

    @Override
    public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
        String user = "";
        for (Callback callback : callbacks) {
            if (callback instanceof NameCallback name) {
                user = name.getDefaultName();
            } else if (callback instanceof PlainAuthenticateCallback password) {
                password.authenticated(matches(user, password.password()));
            } else {
                throw new UnsupportedCallbackException(callback);
            }
        }
    }

    private boolean matches(String user, char[] given) {
        String expected = passwords.get(user);
        // Takes the same time for users that do not exist.
        boolean same = MessageDigest.isEqual(
                bytes(expected == null ? "no such user" : expected), bytes(String.valueOf(given)));
        return same && expected != null;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {}
}
