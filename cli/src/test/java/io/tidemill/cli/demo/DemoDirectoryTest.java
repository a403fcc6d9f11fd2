package io.tidemill.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.cli.process.CommandException;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoDirectoryTest {
    @TempDir
    Path temp;

    @Test
    void itsOwnIsBegunAnew() throws Exception {
        Path own = DemoDirectory.own(temp.resolve("a/demo"));
        Files.createDirectories(own.resolve("journal"));
        Files.writeString(own.resolve("journal/1"), "old");
        assertThat(DemoDirectory.own(own)).isEqualTo(own);
        assertThat(own.resolve("journal")).doesNotExist();
        assertThat(own.resolve(DemoDirectory.MARKER)).exists();
    }

    @Test
    void whatNoDemoHasMadeIsNeverRemoved() throws Exception {
        Path mine = Files.createDirectories(temp.resolve("mine"));
        Files.writeString(mine.resolve("thesis.txt"), "precious");
        assertThatThrownBy(() -> DemoDirectory.own(mine))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("no demo has made");
        assertThatThrownBy(() -> DemoDirectory.given(mine))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("is not empty");
        assertThat(mine.resolve("thesis.txt")).exists();
    }

    @Test
    void aDemoAtWorkIsLeftAlone() throws Exception {
        Path own = DemoDirectory.own(temp.resolve("demo"));
        try (EmbeddedLog log = EmbeddedLog.open(own, LogOptions.defaults().holder("another demo"))) {
            assertThatThrownBy(() -> DemoDirectory.own(own))
                    .isInstanceOf(CommandException.class)
                    .hasMessageContaining("in use", "another demo");
            assertThat(log.topics()).isEmpty();
        }
    }

    @Test
    void aGivenOneMayBeNewOrEmpty() throws Exception {
        assertThat(DemoDirectory.given(temp.resolve("new"))).doesNotExist();
        assertThat(DemoDirectory.given(temp)).isEqualTo(temp);
    }
}
