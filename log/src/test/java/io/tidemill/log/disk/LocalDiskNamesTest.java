package io.tidemill.log.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who deletes a file asks whether a backup made of hard links still has it. */
final class LocalDiskNamesTest {
    @TempDir
    private Path directory;

    @BeforeEach
    void needsLinkCounts() {
        assumeTrue(directory.getFileSystem().supportedFileAttributeViews().contains("unix"));
    }

    @Test
    void aFileWithAHardLinkHasMoreThanOneName() throws Exception {
        LocalDisk disk = new LocalDisk(directory);
        disk.create("file").close();
        assertThat(disk.hasOneName("file")).isTrue();
        Files.createLink(directory.resolve("backup"), directory.resolve("file"));
        assertThat(disk.hasOneName("file")).isFalse();
        Files.delete(directory.resolve("backup"));
        assertThat(disk.hasOneName("file")).isTrue();
    }

    @Test
    void aFileThatIsGoneHasNone() throws Exception {
        assertThat(new LocalDisk(directory).hasOneName("file")).isFalse();
    }
}
