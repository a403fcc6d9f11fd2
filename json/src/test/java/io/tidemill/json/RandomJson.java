package io.tidemill.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** JSON that nearly is what a record needs: in any order, with a surplus, with gaps, and now and then wrong. */
final class RandomJson {
    private static final List<String> ODD_VALUES = List.of(
            "null",
            "true",
            "false",
            "0",
            "-0",
            "1",
            "-1",
            "12",
            "1.0",
            "1.5",
            "1e2",
            "1E400",
            "-1e400",
            "1e-400",
            "127",
            "128",
            "-129",
            "32768",
            "2147483647",
            "2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "3.5e38",
            "0.1",
            "1234567890123456789012345678901234567890",
            "\"\"",
            "\" \"",
            "\"12\"",
            "\" 12 \"",
            "\"1.5\"",
            "\"true\"",
            "\"null\"",
            "\"NaN\"",
            "\"Infinity\"",
            "\"-Infinity\"",
            "\"INF\"",
            "\"red\"",
            "\"RED\"",
            "\" RED \"",
            "\"GREEN\"",
            "\"green\"",
            "\"0\"",
            "\"2001-02-29\"",
            "\"2001-02-28\"",
            "\" 2001-02-28\"",
            "\"2001-02-28T24:00:00Z\"",
            "\"2001-02-28T23:59:60Z\"",
            "\"2001-02-28T10:00:00+01:00\"",
            "\"2001-02-28T10:00Z\"",
            "\"2001-02-28T10:00\"",
            "\"1-1-1-1-1\"",
            "\"00000000000000000000000000000000\"",
            "[]",
            "{}",
            "[1]",
            "[\"a\"]",
            "[null]",
            "[2001,2,28]",
            "{\"a\":1}",
            "{\"a\":1,\"a\":2}",
            "[{\"b\":{\"c\":[1,{}]}}]",
            "\"\\ud83d\\ude00\"",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "\"\u00e9\\n\\t\\\\\\/\"",
            "NaN",
            "tru",
            "01",
            "1.",
            "'a'",
            "-",
            "\"\\x\"");
    private static final String ODD_BYTES = "0123456789-+.eE\"\"\\\\,:{}[] \n/:;tfnu";
    private static final List<String> SPACES = List.of("", "", "", "", " ", "\n", "\t \r\n");
    private static final List<String> UNKNOWN_NAMES =
            List.of("x", "unknown", "event_tim", "event_timee", "", "\u00fc", "y", "z");

    private final Random random;

    RandomJson(Random random) {
        this.random = random;
    }

    /** Objects that differ in their values only, some of them wrong. */
    List<byte[]> alike(Map<String, Class<?>> fields, int count) {
        List<Map.Entry<String, Class<?>>> members = new ArrayList<>(fields.entrySet());
        members.removeIf(field -> !field.getValue().isPrimitive() && oneIn(10));
        for (String name : UNKNOWN_NAMES) {
            if (!fields.containsKey(name) && oneIn(8)) {
                members.add(random.nextInt(members.size() + 1), Map.entry(name, Object.class));
            }
        }
        if (oneIn(3)) {
            Collections.shuffle(members, random);
        }
        List<String> between = new ArrayList<>();
        for (Map.Entry<String, Class<?>> member : members) {
            String comma = between.isEmpty() ? space() + "{" : space() + ",";
            between.add(comma + space() + name(member.getKey()) + space() + ":" + space());
        }
        String end = (members.isEmpty() ? "{" : "") + space() + "}" + space();
        List<byte[]> objects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            for (int m = 0; m < members.size(); m++) {
                Class<?> type = members.get(m).getValue();
                text.append(between.get(m)).append(type == Object.class || oneIn(30) ? oddValue() : value(type));
            }
            objects.add(text.append(end).toString().getBytes(StandardCharsets.UTF_8));
        }
        return objects;
    }

    /** The same with a few bytes changed, left out or added. */
    byte[] changed(byte[] json) {
        byte[] damaged = json.clone();
        for (int i = 1 + random.nextInt(2); i > 0 && damaged.length > 0; i--) {
            int at = random.nextInt(damaged.length);
            int kept = at + random.nextInt(2);
            byte[] middle = random.nextInt(3) == 0 ? new byte[0] : new byte[] {oddByte()};
            byte[] next = Arrays.copyOf(damaged, at + middle.length + damaged.length - kept);
            System.arraycopy(middle, 0, next, at, middle.length);
            System.arraycopy(damaged, kept, next, at + middle.length, damaged.length - kept);
            damaged = next;
        }
        return damaged;
    }

    private byte oddByte() {
        return (byte) (oneIn(4) ? random.nextInt(256) : ODD_BYTES.charAt(random.nextInt(ODD_BYTES.length())));
    }

    /** @param fields the fields' names and types */
    byte[] object(Map<String, Class<?>> fields) {
        List<String> members = new ArrayList<>();
        for (Map.Entry<String, Class<?>> field : fields.entrySet()) {
            int copies = oneIn(25) ? 0 : oneIn(60) ? 2 : 1;
            for (int i = 0; i < copies; i++) {
                members.add(name(field.getKey()) + space() + ":" + space() + value(field.getValue()));
            }
        }
        while (oneIn(3)) {
            members.add(
                    random.nextInt(members.size() + 1),
                    name(UNKNOWN_NAMES.get(random.nextInt(UNKNOWN_NAMES.size()))) + ":" + oddValue());
        }
        if (oneIn(3)) {
            Collections.shuffle(members, random);
        }
        String text = space() + "{" + space() + String.join(space() + "," + space(), members) + space() + "}" + space();
        if (oneIn(40)) {
            text += oddValue();
        }
        byte[] bytes = (oneIn(100) ? oddValue() : text).getBytes(StandardCharsets.UTF_8);
        return oneIn(10) ? damaged(bytes) : bytes;
    }

    private byte[] damaged(byte[] bytes) {
        if (bytes.length == 0 || oneIn(3)) {
            return Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        }
        byte[] damaged = bytes.clone();
        damaged[random.nextInt(bytes.length)] =
                (byte) (random.nextBoolean() ? random.nextInt() : "\"{}[],:0 ".charAt(random.nextInt(9)));
        return damaged;
    }

    private String value(Class<?> type) {
        if (oneIn(20)) {
            return oddValue();
        } else if (!type.isPrimitive() && oneIn(10)) {
            return "null";
        } else if (type == boolean.class || type == Boolean.class) {
            return String.valueOf(random.nextBoolean());
        } else if (type == byte.class || type == Byte.class) {
            return String.valueOf((byte) random.nextInt());
        } else if (type == short.class || type == Short.class) {
            return String.valueOf((short) random.nextInt());
        } else if (type == int.class || type == Integer.class) {
            return String.valueOf(random.nextInt() >> random.nextInt(32));
        } else if (type == long.class || type == Long.class) {
            return String.valueOf(random.nextLong() >> random.nextInt(64));
        } else if ((type == float.class || type == Float.class || type == double.class || type == Double.class)
                && oneIn(2)) {
            return BigDecimal.valueOf(random.nextInt() >> random.nextInt(32), random.nextInt(6))
                    .toPlainString();
        } else if (type == float.class || type == Float.class) {
            return String.valueOf((float) random.nextGaussian());
        } else if (type == double.class || type == Double.class) {
            return String.valueOf(random.nextGaussian() * Math.pow(10, random.nextInt(600) - 300));
        } else if (type == BigInteger.class) {
            return new BigInteger(random.nextInt(200), random).toString();
        } else if (type == BigDecimal.class) {
            return new BigDecimal(new BigInteger(random.nextInt(200), random), random.nextInt(100) - 50).toString();
        } else if (type == Samples.Color.class) {
            return random.nextBoolean() ? "\"RED\"" : "\"GREEN\"";
        } else if (type == String.class) {
            return text();
        } else if (type == UUID.class) {
            String id = new UUID(random.nextLong(), random.nextLong()).toString();
            return quoted(oneIn(5) ? id.toUpperCase(Locale.ROOT) : id);
        }
        return time(type);
    }

    private String time(Class<?> type) {
        Instant instant = Instant.ofEpochSecond(random.nextLong() >> 28, oneIn(2) ? 0 : random.nextInt(1_000_000_000));
        OffsetDateTime time = instant.atOffset(ZoneOffset.ofHours(random.nextInt(19) - 9));
        if (type == Instant.class) {
            return oneIn(4) ? String.valueOf(instant.toEpochMilli()) : quoted(instant);
        } else if (type == LocalDate.class) {
            return quoted(time.toLocalDate());
        } else if (type == LocalTime.class) {
            return quoted(time.toLocalTime());
        } else if (type == LocalDateTime.class) {
            return quoted(time.toLocalDateTime());
        } else if (type == OffsetTime.class) {
            return quoted(time.toOffsetTime());
        } else if (type == OffsetDateTime.class) {
            return quoted(time);
        } else if (type == ZonedDateTime.class) {
            return quoted(oneIn(2) ? time : time.atZoneSameInstant(ZoneId.of("Europe/Paris")));
        } else if (type == Duration.class) {
            return quoted(Duration.ofSeconds(random.nextInt(), random.nextInt()));
        } else if (type == Period.class) {
            return quoted(Period.of(random.nextInt(100) - 50, random.nextInt(12), random.nextInt(31)));
        }
        throw new AssertionError("no random " + type);
    }

    private String oddValue() {
        return ODD_VALUES.get(random.nextInt(ODD_VALUES.size()));
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(oneIn(100) ? 9_000 : 12);
        for (int i = 0; i < length; i++) {
            int c = oneIn(8) ? random.nextInt(0x11_0000) : 'a' + random.nextInt(26);
            text.appendCodePoint(Character.isSurrogate((char) c) && c < 0x1_0000 ? 'x' : c);
        }
        return name(text.toString());
    }

    /** A JSON string, some of its characters escaped without need. */
    private String name(String text) {
        StringBuilder json = new StringBuilder("\"");
        boolean escapesMore = oneIn(10);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x20 || c == '"' || c == '\\' || (escapesMore && oneIn(2))) {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    private static String quoted(Object value) {
        return "\"" + value + "\"";
    }

    private String space() {
        return SPACES.get(random.nextInt(SPACES.size()));
    }

    private boolean oneIn(int count) {
        return random.nextInt(count) == 0;
    }
}
