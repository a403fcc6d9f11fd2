package io.tidemill.cli;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes: {@code 512}, {@code 64KiB}, {@code 1GiB} (powers of 1024) or {@code 10MB} (powers of 1000). */
final class SizeConverter implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*(|b|kb|mb|gb|tb|kib|mib|gib|tib)");
    private static final Map<String, Long> UNITS = Map.of(
            "b", 1L,
            "", 1L,
            "kb", 1_000L,
            "mb", 1_000_000L,
            "gb", 1_000_000_000L,
            "tb", 1_000_000_000_000L,
            "kib", 1L << 10,
            "mib", 1L << 20,
            "gib", 1L << 30,
            "tib", 1L << 40);

    @Override
    public Long convert(String text) {
        Matcher size = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (size.matches()) {
            try {
                return Math.multiplyExact(Long.parseLong(size.group(1)), UNITS.getOrDefault(size.group(2), 1L));
            } catch (ArithmeticException e) {
                // too large, told below
            }
        }
        throw new TypeConversionException("'" + text + "' is no size: write 512, 64KiB, 1MiB, 10MB or 1GiB");
    }
}
