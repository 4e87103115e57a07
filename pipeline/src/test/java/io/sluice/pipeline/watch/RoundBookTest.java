package io.sluice.pipeline.watch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFormat;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.Tally;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lasts of a watching job, as workers of other JVMs see it. */
class RoundBookTest {
  private static final InputFile A = new InputFile("a.jsonl", 10, InputFormat.JSONL);
  private static final InputFile B = new InputFile("b.data", 20, InputFormat.AUTO);

  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
  }

  private RoundBook book() {
    return new RoundBook(new OutputPaths(directory.toString()));
  }

  @Test
  void aRound_isKnownToOthersOnceItIsWritten() throws IOException {
    RoundBook writer = book();
    RoundBook other = book();
    assertThat(writer.add(List.of(A)).number(), is(1));
    assertThat(other.roundOf("a.jsonl"), is(1));
    writer.add(List.of(B));
    assertThat(other.files(2), is(1));
    assertThat(other.rounds(), is(writer.rounds()));
    assertThat(other.bytes("b.data"), is(OptionalLong.of(20)));
    assertThat(other.bytes("c.data"), is(OptionalLong.empty()));
    IOException unknown = assertThrows(IOException.class, () -> other.roundOf("c.data"));
    assertThat(unknown.getMessage(), containsString("c.data is in no round"));
  }

  @Test
  void roundsThatAreDone_addUp() throws IOException {
    RoundBook writer = book();
    RoundBook other = book();
    writer.add(List.of(A));
    writer.add(List.of(B));
    Tally tally =
        Tally.of(
            Json.read(
                """
                {"files": 1, "documents": 7, "succeeded": 5, "deadLettered": 2,
                 "deadLettersByKind": {"refusal": 2}, "servedFromLedger": 3,
                 "savedByLedger": {"input": 9, "cachedInput": 1, "output": 4}}""",
                Tally.Counted.class));
    writer.done(2, tally);
    writer.done(1, tally);
    other.refresh();
    assertThat(other.isDone(2), is(true));
    assertThat(other.total(), is(tally.plus(tally)));
    assertThat(Tally.of(tally.counted()), is(tally));
  }

  @Test
  void aRoundThatIsGone_isSaid() throws IOException {
    RoundBook writer = book();
    writer.add(List.of(A));
    writer.add(List.of(B));
    Files.delete(directory.resolve(".sluice/watch/round-00000001.json"));
    IOException gone = assertThrows(IOException.class, book()::refresh);
    assertThat(gone.getMessage(), containsString("there is a round 2 and no round 1"));
  }
}
