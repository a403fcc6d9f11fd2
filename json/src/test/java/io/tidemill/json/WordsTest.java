package io.tidemill.json;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class WordsTest {
    @Test
    void findsTheFirstByteThatIsNotPlain() {
        for (int value = 0; value < 256; value++) {
            boolean isPlain = value >= ' ' && value < 0x80 && value != '"' && value != '\\';
            assertThat(Words.plainCount(word(value))).as("%x", value).isEqualTo(isPlain ? 8 : 3);
            boolean isDigit = value >= '0' && value <= '9';
            byte[] digits = "01234567".getBytes(US_ASCII);
            digits[3] = (byte) value;
            assertThat(Words.digitCount(Words.at(digits, 0))).as("%x", value).isEqualTo(isDigit ? 8 : 3);
        }
    }

    private static long word(int fourth) {
        return Words.at(new byte[] {' ', '0', 0x7F, (byte) fourth, 'a', 'b', 'c', 'd'}, 0);
    }

    @Test
    void readsNumbersUpToTheEndOfTheArray() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            int count = 1 + random.nextInt(8);
            String digits = String.valueOf(1_000_000_000L + random.nextInt(1_000_000_000))
                    .substring(1, 1 + count);
            byte[] bytes = ("x" + digits + "}\"34567".substring(0, random.nextInt(8))).getBytes(US_ASCII);
            long word = Words.at(bytes, 1);
            assertThat(Words.digitCount(word)).isEqualTo(count);
            assertThat(Words.number(word, count)).isEqualTo(Long.parseLong(digits));
        }
        assertThat(Words.at(new byte[3], 3)).isZero();
        assertThat(Words.at(new byte[3], 30)).isZero();
    }
}
