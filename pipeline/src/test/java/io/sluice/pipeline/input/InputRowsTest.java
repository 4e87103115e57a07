package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputRowsTest {
  @TempDir Path directory;

  @Test
  void read_aRowThatIsNoJson_isNamedWithItsFile() throws IOException {
    Path file = Files.writeString(directory.resolve("results-00000.jsonl"), "{}\n<html>\n");
    IOException e =
        assertThrows(
            IOException.class, () -> InputRows.read(file.toString(), JsonNode.class, row -> {}));
    assertThat(
        e.getMessage(),
        allOf(
            containsString(file + ", row 2"),
            containsString("run the job's command again"),
            not(containsString("jackson"))));
  }
}
