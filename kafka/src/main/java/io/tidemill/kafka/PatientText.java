package io.tidemill.kafka;

import java.util.regex.PatternSyntaxException;

/** A text that lets a pattern look at it so often and no more; then it throws {@link PatternSyntaxException}. */
final class PatientText implements CharSequence {
    private static final int LOOKS_MAX = 100_000;

    private final String text;
    private int looks;

    PatientText(String text) {
        this.text = text;
    }

    @Override
    public char charAt(int index) {
        if (++looks > LOOKS_MAX) {
            throw new PatternSyntaxException("it takes too long", "", -1);
        }
        return text.charAt(index);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.substring(start, end);
    }

    @Override
    public String toString() {
        return text;
    }
}
