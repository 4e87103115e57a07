package io.sluice.pipeline.input.files;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpoolTest {
  /** It filled the disk of temporary files. */
  @ParameterizedTest
  @ValueSource(strings = {"/dev/zero", "/dev/urandom", "/dev/full"})
  @EnabledOnOs(OS.LINUX)
  void of_aDeviceWithoutAnEnd_isRefused(String device) {
    IOException e =
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(60), () -> assertThrows(IOException.class, () -> Spool.of(device)));
    assertThat(
        e.getMessage(), is(device + " is a device without documents; name a file or a pipe"));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void of_theDeviceOfNothing_isEmpty() throws IOException {
    assertThat(Files.size(Spool.of("/dev/null")), is(0L));
  }

  /** A pipe in the place of a file that was listed would be waited for without an end. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void ofListed_aFileThatHasBecomeSomethingElse_isGone() {
    assertThrows(NoSuchFileException.class, () -> Spool.ofListed("/dev/random"));
  }

  @Test
  void copy_moreThanThereIsRoomFor_saysWhatToDo() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Spool.copy("/dev/stdin", new ByteArrayInputStream(new byte[100]), out, 100);
    assertThat(out.size(), is(100));
    IOException e =
        assertThrows(
            IOException.class,
            () -> Spool.copy("/dev/stdin", new ByteArrayInputStream(new byte[101]), out, 100));
    assertThat(
        e.getMessage(),
        allOf(containsString("/dev/stdin"), containsString("write it to a file, and name that")));
  }
}
