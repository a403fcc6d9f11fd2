package io.tidemill.cli;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The commands. Only the one that is named is made ready: picocli looks at all options of all commands that it is given,
 * which takes longer than to open a log and to begin to serve it.
 */
enum Subcommands {
    DEMO(DemoCommand.class),
    TOPICS(TopicsCommand.class),
    LOAD(LoadCommand.class),
    TAIL(TailCommand.class),
    RUN(RunCommand.class),
    RESULTS(ResultsCommand.class),
    CORRECT(CorrectCommand.class),
    AUDIT(AuditCommand.class),
    EXPLAIN(ExplainCommand.class),
    ADVISE(AdviseCommand.class),
    SAVEPOINT(SavepointCommand.class),
    GROUPS(GroupsCommand.class),
    SERVE(ServeCommand.class),
    DOCTOR(DoctorCommand.class);

    private final Class<?> type;

    Subcommands(Class<?> type) {
        this.type = type;
    }

    Class<?> type() {
        return type;
    }

    /** The one that the command line begins with, or all. */
    static Collection<Class<?>> wanted(String... args) {
        Class<?> named = args.length == 0 ? null : named(args[0]);
        return named == null
                ? Stream.of(values()).<Class<?>>map(Subcommands::type).toList()
                : List.of(named);
    }

    private static @Nullable Class<?> named(String word) {
        for (Subcommands each : values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(word)) {
                return each.type;
            }
        }
        return null;
    }
}
