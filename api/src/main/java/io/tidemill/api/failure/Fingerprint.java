package io.tidemill.api.failure;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Equal for failures that are alike: one fault gives one group, however many records it hits. Thread-safe.
 *
 * <p>Version 2: SHA-256 of the operator, the reason, the error's type and those of its causes, the innermost frames that are
 * neither the JDK's nor a platform's, and the message without what differs from record to record; the first 16 hexadecimal
 * digits, behind {@code 2:}. Line numbers and versions are left out, so a fingerprint outlives a deployment that
 * does not mend it. Letters keep the fingerprint that they were written with: a newer version regroups none.
 */
public final class Fingerprint {
    private static final String VERSION = "2:";
    private static final int FRAMES_MAX = 5;
    private static final int MESSAGE_CHARS_MAX = 300;

    /** Classes that every failure goes through, whatever it is. */
    private static final List<String> FOREIGN = List.of(
            "java.",
            "javax.",
            "jdk.",
            "sun.",
            "com.sun.",
            "kotlin.",
            "scala.",
            "org.apache.kafka.",
            "org.springframework.",
            "com.fasterxml.jackson.",
            "io.tidemill.api.",
            "io.tidemill.engine.",
            "io.tidemill.json.",
            "io.tidemill.log.",
            "io.tidemill.consumer.");

    private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"|'[^']*'|`[^`]*`");
    private static final Pattern ID = Pattern.compile(
            "\\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\\b|\\b0x[0-9a-fA-F]+\\b"
                    + "|\\b(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{8,}\\b|@[0-9a-f]{5,}\\b");
    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9][0-9.,:_]*");
    private static final Pattern BLANK = Pattern.compile("\\s+");

    private Fingerprint() {}

    /**
     * @param operator where it failed
     * @param reason a stable code, such as {@code UNDECODABLE}
     */
    public static String of(String operator, String reason, Throwable error) {
        List<Throwable> chain = ErrorText.chain(error);
        StringBuilder text = new StringBuilder();
        text.append(operator).append('\n').append(reason);
        for (Throwable each : chain) {
            text.append('\n').append(NUMBER.matcher(each.getClass().getName()).replaceAll("#"));
        }
        Throwable root = chain.get(chain.size() - 1);
        frames(chain).limit(FRAMES_MAX).forEach(frame -> text.append('\n').append(frame));
        return hash(
                text.append('\n').append(normalised(ErrorText.message(root))).toString());
    }

    /** Of a failure of which only text is known: one of another program. */
    public static String ofText(String operator, String reason, String errorType, String stackTrace, String message) {
        StringBuilder text = new StringBuilder();
        text.append(operator).append('\n').append(reason).append('\n').append(errorType);
        stackTrace
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith("at "))
                .map(line -> line.substring(3, line.indexOf('(') < 3 ? line.length() : line.indexOf('(')))
                .map(frame -> frame.substring(frame.lastIndexOf('/') + 1))
                .filter(frame -> !isForeign(frame))
                .limit(FRAMES_MAX)
                .forEach(frame -> text.append('\n').append(NUMBER.matcher(frame).replaceAll("#")));
        return hash(text.append('\n').append(normalised(message)).toString());
    }

    /** Those of the root cause first. */
    private static Stream<String> frames(List<Throwable> chain) {
        return Stream.iterate(chain.size() - 1, i -> i >= 0, i -> i - 1)
                .flatMap(i -> ErrorText.frames(chain.get(i)).stream())
                .filter(frame -> !isForeign(frame.getClassName()))
                .map(frame -> NUMBER.matcher(frame.getClassName() + "." + frame.getMethodName())
                        .replaceAll("#"))
                .distinct();
    }

    private static boolean isForeign(String name) {
        return FOREIGN.stream().anyMatch(name::startsWith);
    }

    /** The first line, without what is quoted, ids and numbers. */
    static String normalised(String message) {
        String line = message.lines().findFirst().orElse("");
        String start = line.substring(0, Math.min(line.length(), MESSAGE_CHARS_MAX));
        String text = QUOTED.matcher(start).replaceAll("*");
        text = ID.matcher(text).replaceAll("#");
        text = NUMBER.matcher(text).replaceAll("#");
        return BLANK.matcher(text).replaceAll(" ").strip();
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return VERSION + HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
