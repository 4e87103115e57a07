package io.sluice.pipeline.json;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobFileTest {
  private record Owner(@Nullable String task) {}

  @TempDir Path directory;

  private String refusal(Path file) {
    return String.valueOf(
        assertThrows(DamagedFileException.class, () -> JobFile.read(file.toString(), Owner.class))
            .getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{\"task\": \"a",
        "[1]",
        "null",
        "7",
        "\0\0",
        "{\"task\":\"a\"}\"",
        "{\"task\":1e99999",
        "{\"task\":\"a\",\"task\":\"b\"}"
      })
  void read_whatIsNoObject_namesTheFileAndWhatToDo_andNoClass(String content) throws IOException {
    Path file = Files.writeString(directory.resolve("job.json"), content);
    String message;
    try {
      JobFile.read(file.toString(), Owner.class);
      return;
    } catch (DamagedFileException e) {
      message = String.valueOf(e.getMessage());
    }
    assertThat(
        message,
        allOf(
            containsString(file + " is damaged: expected a JSON object"),
            containsString("delete the file, and run the same command again"),
            not(containsString("io.sluice")),
            not(containsString("StreamRead"))));
  }

  @Test
  void read_half_saysWhere() throws IOException {
    Path file = Files.writeString(directory.resolve("job.json"), "{\n  \"task\": \"a");
    assertThat(refusal(file), containsString("at line 2, column"));
  }

  @Test
  void read_deepAndEndless_areDamaged() throws IOException {
    Path deep = directory.resolve("deep.json");
    Files.writeString(deep, "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}");
    assertThat(refusal(deep), containsString("expected a JSON object"));
    Path large = directory.resolve("large.json");
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(3L << 30);
    }
    assertThat(refusal(large), containsString("it has 3221225472 bytes; the most is 67108864"));
  }

  @Test
  void read_noFile_isNull() throws IOException {
    assertThat(JobFile.read(directory.resolve("no").toString(), Owner.class), nullValue());
    assertThat(JobFile.read(directory.toString(), Owner.class), nullValue());
  }

  @Test
  void moment_whatIsNone_isNull() {
    assertThat(JobFile.moment("2030-01-02T03:04:05Z"), equalTo("2030-01-02T03:04:05Z"));
    assertThat(JobFile.moment("7"), nullValue());
    assertThat(JobFile.moment(""), nullValue());
    assertThat(JobFile.moment(null), nullValue());
  }
}
