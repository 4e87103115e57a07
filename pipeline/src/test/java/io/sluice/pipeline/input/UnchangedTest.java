package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.sluice.pipeline.input.rows.Row;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that others write to while a job reads them. */
class UnchangedTest {
  @TempDir Path directory;

  private InputFile file(String name, byte[] content, InputFormat format) throws IOException {
    Path file = Files.write(directory.resolve(name), content);
    return new InputFile(file.toString(), content.length, format);
  }

  /** It was cut off, or written anew, while a job was at work: what is read looks whole. */
  @ParameterizedTest
  @EnumSource(names = {"JSONL", "CSV", "TEXT"})
  void fileThatIsShorterThanListed_saysSo(InputFormat format) throws IOException {
    byte[] whole = "{\"text\":1}\n{\"text\":2}\n{\"text\":3}\n".getBytes(StandardCharsets.UTF_8);
    InputFile listed = file("a", whole, format);
    List<String> all = TextFilesTest.read(listed);

    Files.write(Path.of(listed.name()), Arrays.copyOf(whole, 22));
    List<String> rows = TextFilesTest.read(listed);

    assertThat(rows.subList(0, rows.size() - 1), is(all.subList(0, all.size() - 1)));
    assertThat(
        rows.get(rows.size() - 1), containsString("has 22 bytes, and had 33 when it was listed"));
  }

  /** The reader goes on where it was, in the midst of other rows. */
  @Test
  void fileThatIsWrittenAnewWhileItIsRead_saysSo() throws IOException {
    String rows = "{\"text\":\"one\"}\n".repeat(100_000);
    String others = "{\"text\":\"other\"}\n".repeat(100_000);
    for (String later : List.of(rows + "{}\n", others)) {
      InputFile listed = file("a.jsonl", rows.getBytes(StandardCharsets.UTF_8), InputFormat.JSONL);
      Row last = null;
      try (RowReader reader = RowReader.open(listed, DocumentFields.DEFAULT)) {
        reader.next();
        Files.writeString(Path.of(listed.name()), later);
        for (Row row = reader.next(); row != null; row = reader.next()) {
          last = row;
        }
      }
      String problem = last == null ? "" : String.valueOf(last.problem());
      assertThat(problem.contains("written anew"), is(later.equals(others)));
    }
  }

  @Test
  void fileThatHasGrownSinceItWasListed_isRead() throws IOException {
    InputFile listed = file("a.jsonl", "{}\n".getBytes(StandardCharsets.UTF_8), InputFormat.JSONL);
    Files.writeString(Path.of(listed.name()), "{}\n{}\n");
    assertThat(TextFilesTest.read(listed), contains("{}", "{}"));
  }
}
