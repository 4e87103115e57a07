package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.claim.PrivateFiles;
import io.sluice.pipeline.flags.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFilesTest {
  @TempDir Path directory;

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aPrivateRun_leavesNothingThatOthersRead() throws IOException {
    Path ledger = directory.resolve("elsewhere/ledger");
    try (JobRig rig = new JobRig(directory, "").documents(30, 30)) {
      assertThat(rig.run("--private", "--ledger=" + ledger), is(0));
      for (Path root : List.of(rig.out, ledger)) {
        try (Stream<Path> files = Files.walk(root)) {
          for (Path file : files.toList()) {
            assertThat(
                file.toString(),
                mode(file),
                is(Files.isDirectory(file) ? "rwx------" : "rw-------"));
          }
        }
      }
      assertThat(rig.rows("results").size(), is(30));
    }
  }

  @Test
  void withoutIt_theUmaskSays() throws IOException {
    Path asTheUmask = Files.createFile(directory.resolve("any"));
    try (JobRig rig = new JobRig(directory, "").documents(3, 3)) {
      assertThat(rig.run(), is(0));
      try (Stream<Path> files = Files.walk(rig.out)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          assertThat(file.toString(), mode(file), is(mode(asTheUmask)));
        }
      }
    }
  }

  @Test
  void inAStore_itIsNotOursToSay() {
    UsageException e =
        assertThrows(UsageException.class, () -> PrivateFiles.of("s3://bucket/out", null));
    assertThat(e.getMessage(), containsString("who reads there is set in the store"));
  }

  @Test
  void aDamagedRunFile_isNamed_andSaysWhatToDo() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(3, 3)) {
      assertThat(rig.run(), is(0));
      for (String name : List.of("run.json", "job.json")) {
        Path file = rig.out.resolve(".sluice").resolve(name);
        String before = Files.readString(file);
        for (String damage : List.of("", "{\"run\": ", "[]", "\u0000\u0000")) {
          Files.writeString(file, damage);
          Exception e = assertThrows(Exception.class, rig::run);
          assertThat(e.getMessage(), containsString(file + " is damaged"));
          assertThat(e.getMessage(), containsString("delete the file"));
        }
        Files.writeString(file, before);
      }
      assertThat(rig.run(), is(0));
    }
  }
}
