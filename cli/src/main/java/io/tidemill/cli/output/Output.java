package io.tidemill.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.cli.process.Surroundings;
import java.io.PrintStream;

/**
 * Where a command says what it has to say: text for people on standard output, or one JSON object per line and nothing
 * else; notes and progress on standard error. Used by one thread, but for notes.
 */
public final class Output {
    private final PrintStream out;
    private final PrintStream err;
    private final boolean json;
    private final boolean terminal;
    private boolean statusShown;

    public Output(Surroundings surroundings, boolean json) {
        this.out = surroundings.out();
        this.err = surroundings.err();
        this.json = json;
        this.terminal = surroundings.terminal();
    }

    public boolean isJson() {
        return json;
    }

    public boolean isTerminal() {
        return terminal;
    }

    /** A line for people; nothing where JSON is wanted. */
    public void say(String line) {
        if (!json) {
            clearStatus();
            out.println(line);
        }
    }

    /** A line for machines; nothing where text is wanted. */
    public void object(ObjectNode object) {
        if (json) {
            line(Json.text(object));
        }
    }

    /** A line that is the same for both. */
    public void line(String line) {
        out.print(line);
        out.print('\n');
    }

    /** Bytes that are a line, or several, of their own. */
    public void raw(byte[] bytes, int offset, int length) {
        out.write(bytes, offset, length);
    }

    /** A line on standard error, whatever is wanted. */
    public void note(String line) {
        clearStatus();
        err.println(line);
    }

    /** On a terminal, a line that the next one replaces. */
    public void status(String line) {
        if (terminal) {
            out.flush();
            err.print("\r" + line + "\u001b[K");
            err.flush();
            statusShown = true;
        }
    }

    /** Takes the status line away. */
    public void clearStatus() {
        if (statusShown) {
            err.print("\r\u001b[K");
            err.flush();
            statusShown = false;
        }
    }

    /** @param total what 100 % is; -1 where that is not known */
    public Progress progress(String task, long total, Progress.Unit unit) {
        out.flush();
        return terminal ? Progress.drawn(err, task, total, unit) : Progress.none();
    }

    /** Hands over what was said so far. */
    public void flush() {
        out.flush();
    }

    /** Flushes; whether nobody reads any more ({@code tidemill tail t | head}). */
    public boolean isUnread() {
        return out.checkError();
    }
}
