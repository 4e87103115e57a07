package io.sluice.internal.temporary;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TemporaryFilesTest {
  @Test
  void aProcessOfOurOwn_hasOneDirectoryForAll() throws IOException {
    Path own = TemporaryFiles.own();
    assertThat(TemporaryFiles.own(), is(own));
    assertThat(own.getParent(), is(Path.of(System.getProperty("java.io.tmpdir"))));
    Path file = TemporaryFiles.createFile("a", ".b");
    Path directory = TemporaryFiles.createDirectory("c");
    assertThat(file.getParent(), is(own));
    assertThat(directory.getParent(), is(own));
    assertThat(Files.isDirectory(directory), is(true));
    assertThat(
        "of snappy's library", System.getProperty("org.xerial.snappy.tempdir"), is(notNullValue()));
  }
}
