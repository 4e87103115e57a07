package io.sluice.pipeline.output;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import java.util.List;
import org.junit.jupiter.api.Test;

class RunFileTest {
  @Test
  void command_isQuotedForAShell_withoutWhatLooksSecret() {
    assertThat(
        RunFile.quoted(
            List.of("--input=a/*.jsonl", "--output=it's", "--limit=3", "--awsSecretKey=x y")),
        is("'--input=a/*.jsonl' '--output=it'\\''s' --limit=3 --awsSecretKey=…"));
  }
}
