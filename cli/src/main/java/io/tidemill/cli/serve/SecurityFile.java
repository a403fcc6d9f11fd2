package io.tidemill.cli.serve;

import io.tidemill.cli.process.CommandException;
import io.tidemill.kafka.AccessRules;
import io.tidemill.kafka.Security;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/**
 * TLS, users and their rights, as a properties file says them:
 *
 * <pre>
 * tls.keystore=server.p12
 * tls.keystore.type=PKCS12
 * tls.keystore.password=…
 * sasl.mechanisms=PLAIN,SCRAM-SHA-256
 * user.alice=…
 * allow.1=alice write topic orders
 * allow.2=alice read group billing-*
 * allow.3=operator admin everything
 * </pre>
 *
 * Without an {@code allow} line every user may do everything.
 */
public record SecurityFile(Security security, AccessRules access) {
    private static final String USER = "user.";
    private static final String ALLOW = "allow.";
    private static final String EVERYTHING = "everything";

    /** Throws {@link CommandException} that says all that is wrong with it. */
    public static SecurityFile read(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw CommandException.misuse("cannot read " + file + " (" + e + "): name a properties file", e);
        }
        try {
            return of(file, properties);
        } catch (IllegalArgumentException e) {
            throw CommandException.misuse(file + ": " + e.getMessage(), e);
        }
    }

    private static SecurityFile of(Path file, Properties properties) {
        Map<String, String> users = new TreeMap<>();
        List<AccessRules.Rule> rules = new ArrayList<>();
        List<String> mistakes = new ArrayList<>();
        Set<String> known = Set.of("tls.keystore", "tls.keystore.type", "tls.keystore.password", "sasl.mechanisms");
        for (String name : properties.stringPropertyNames()) {
            String value = properties.getProperty(name).strip();
            if (name.startsWith(USER)) {
                users.put(name.substring(USER.length()), value);
            } else if (name.startsWith(ALLOW)) {
                rules.addAll(rules(name, value, mistakes));
            } else if (!known.contains(name)) {
                mistakes.add("'" + name + "' is not known: " + String.join(", ", known) + ", " + USER + "NAME, " + ALLOW
                        + "NUMBER are");
            }
        }
        if (properties.getProperty("tls.keystore") == null) {
            mistakes.add("tls.keystore names the file with the server's key and certificate");
        }
        Set<Security.Mechanism> mechanisms = mechanisms(properties, mistakes);
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
        Security security = new Security(
                file.toAbsolutePath().resolveSibling(properties.getProperty("tls.keystore")),
                properties.getProperty("tls.keystore.type", "PKCS12"),
                properties.getProperty("tls.keystore.password", ""),
                mechanisms,
                users);
        return new SecurityFile(security, rules.isEmpty() ? AccessRules.NONE : AccessRules.of(rules));
    }

    private static Set<Security.Mechanism> mechanisms(Properties properties, List<String> mistakes) {
        Set<Security.Mechanism> mechanisms = new HashSet<>();
        for (String each :
                properties.getProperty("sasl.mechanisms", "SCRAM-SHA-256").split(",", -1)) {
            try {
                mechanisms.add(Security.Mechanism.valueOf(
                        each.strip().toUpperCase(Locale.ROOT).replace('-', '_')));
            } catch (IllegalArgumentException e) {
                mistakes.add("sasl.mechanisms are PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, not '" + each + "'");
            }
        }
        return mechanisms;
    }

    /** {@code alice read topic orders-*}: user, operation, resource, name or what it begins with. */
    private static List<AccessRules.Rule> rules(String property, String line, List<String> mistakes) {
        String[] words = line.split("\\s+", -1);
        try {
            if (words.length == 3 && words[2].equalsIgnoreCase(EVERYTHING) && words[1].equalsIgnoreCase("admin")) {
                return AccessRules.administrator(words[0]);
            }
            if (words.length == 4) {
                boolean prefix = words[3].endsWith("*");
                return List.of(new AccessRules.Rule(
                        words[0],
                        AccessRules.Operation.valueOf(words[1].toUpperCase(Locale.ROOT)),
                        AccessRules.Resource.valueOf(
                                words[2].toUpperCase(Locale.ROOT).replace('-', '_')),
                        prefix ? words[3].substring(0, words[3].length() - 1) : words[3],
                        prefix));
            }
        } catch (IllegalArgumentException e) {
            // Told below, with what is right.
        }
        mistakes.add(property + " is USER read|write|admin topic|group|transactional-id|cluster NAME (or PREFIX*),"
                + " or USER admin everything; not '" + line + "'");
        return List.of();
    }
}
