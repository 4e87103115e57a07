package io.sluice.internal.text;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FileReasonTest {
  @Test
  void of_anExceptionWithAPathAlone_saysWhatItIs() {
    assertThat(FileReason.of(new AccessDeniedException("/a")), is("permission denied"));
    assertThat(
        FileReason.of(new FileAlreadyExistsException("/a")), is("/a is there and no directory"));
    assertThat(FileReason.of(new NoSuchFileException("/a")), is("/a is gone"));
    assertThat(
        FileReason.of(new IOException("No space left on device")), is("No space left on device"));
  }
}
