package io.tidemill.cli;

import io.tidemill.cli.process.Surroundings;
import java.lang.reflect.Constructor;
import picocli.CommandLine;

/** Makes commands, and gives each what it has around it. */
final class Commands implements CommandLine.IFactory {
    private final Surroundings surroundings;
    private final CommandLine.IFactory others = CommandLine.defaultFactory();

    Commands(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
        if (!Command.class.isAssignableFrom(type)) {
            return others.create(type);
        }
        Constructor<K> constructor = type.getDeclaredConstructor(Surroundings.class);
        return constructor.newInstance(surroundings);
    }
}
