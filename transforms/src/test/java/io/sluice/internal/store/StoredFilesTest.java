package io.sluice.internal.store;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class StoredFilesTest {
  @TempDir Path directory;

  /** What has no end would hold whoever reads a ledger or results for ever. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void list_whatIsNoFile_isLeftOut_andALinkToAFileIsNot() throws IOException {
    Path file = Files.writeString(directory.resolve("a.jsonl"), "{}\n");
    Files.createSymbolicLink(directory.resolve("b.jsonl"), file);
    Files.createSymbolicLink(directory.resolve("c.jsonl"), Path.of("/dev/zero"));
    Files.createDirectory(directory.resolve("d.jsonl"));
    Files.createSymbolicLink(directory.resolve("e.jsonl"), directory);
    // Gone, perhaps for a moment: who needs it says so.
    Files.createSymbolicLink(directory.resolve("f.jsonl"), directory.resolve("no"));
    assertThat(
        StoredFiles.names(directory.toString(), "*.jsonl").stream()
            .map(ResourceId::getFilename)
            .sorted()
            .toList(),
        contains("a.jsonl", "b.jsonl", "f.jsonl"));
  }
}
