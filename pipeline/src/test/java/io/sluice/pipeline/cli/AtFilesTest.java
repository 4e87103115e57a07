package io.sluice.pipeline.cli;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AtFilesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"run", "estimate", "status", "report", "cancel", "simulate"})
  void aFileNamedInAFlag_isNotReadForFlags(String verb) throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    Path file = Files.writeString(directory.resolve("flags"), "--help\n--port=1\n");
    int code = Verbs.run(List.of(verb, "@" + file), out, out);
    assertThat(code, is(2));
    assertThat(printed.toString(StandardCharsets.UTF_8), containsString("@" + file));
  }
}
