package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.unfold.Bounds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

  /** A document as large as one may be, with its answer behind it; or by a job with more memory. */
  @Test
  void read_aRowLargerThanADocumentMayBe_isReadAsItWasWritten() throws IOException {
    String part = "x".repeat(Bounds.ROW_BYTES / 4);
    Path file = directory.resolve("results-00000.jsonl");
    Files.writeString(
        file,
        "{\"output\": \"bug\", \"document\": {\"a\": \"%s\", \"b\": \"%s\", \"c\": \"%s\", \"d\": \"%s\"}}\n"
            .formatted(part, part, part, part));
    List<Integer> lengths = new ArrayList<>();
    InputRows.read(
        file.toString(),
        JsonNode.class,
        row -> lengths.add(row.path("document").path("d").asText().length()));
    assertThat(lengths, is(List.of(part.length())));
  }
}
