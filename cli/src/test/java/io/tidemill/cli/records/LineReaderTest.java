package io.tidemill.cli.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    /** Gives a few bytes at a time, as a pipe does. */
    private static InputStream dripping(byte[] bytes, Random random) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, 1 + random.nextInt(5)));
            }
        };
    }

    private static List<String> read(InputStream in, int lineBytesMax) throws IOException {
        LineReader reader = new LineReader(in, lineBytesMax);
        List<String> lines = new ArrayList<>();
        while (reader.next()) {
            assertThat(reader.number()).isEqualTo(lines.size() + 1);
            lines.add(
                    reader.isOversize()
                            ? "oversize " + reader.length()
                            : new String(
                                    reader.array(),
                                    reader.start(),
                                    (int) reader.length(),
                                    StandardCharsets.ISO_8859_1));
        }
        return lines;
    }

    private static List<String> naive(String text, int lineBytesMax) {
        List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
        if (lines.get(lines.size() - 1).isEmpty()) {
            lines.remove(lines.size() - 1);
        }
        lines.replaceAll(line -> line.length() > lineBytesMax ? "oversize " + line.length() : line);
        return lines;
    }

    @Test
    void readsWhatSplittingGives() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(round % 20 == 0 ? 200_000 : 60);
            int lineLength = 1 + random.nextInt(round % 20 == 0 ? 100_000 : 12);
            for (int i = 0; i < length; i++) {
                text.append(random.nextInt(lineLength) == 0 ? '\n' : (char) ('a' + random.nextInt(26)));
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
            int most = 1 + random.nextInt(lineLength * 2);
            List<String> expected = text.isEmpty() ? List.of() : naive(text.toString(), most);
            assertThat(read(new ByteArrayInputStream(bytes), most))
                    .as("seed %d", seed)
                    .isEqualTo(expected);
            if (length < 1_000) {
                assertThat(read(dripping(bytes, random), most))
                        .as("seed %d", seed)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void blankLines() throws IOException {
        LineReader reader =
                new LineReader(new ByteArrayInputStream("\n\r\n \nx\n".getBytes(StandardCharsets.UTF_8)), 10);
        List<Boolean> blank = new ArrayList<>();
        while (reader.next()) {
            blank.add(reader.isBlank());
        }
        assertThat(blank).containsExactly(true, true, false, false);
        assertThat(reader.bytesRead()).isEqualTo(7);
    }
}
