package io.sluice.pipeline.report;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;

import io.sluice.ErrorKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdviceTest {
  @ParameterizedTest
  @EnumSource
  void guide_saysTheSame(ErrorKind kind) throws IOException {
    String guide = Files.readString(Path.of("../src/guide/dead-letters.md"));
    assertThat(guide, containsString("| `" + kind.code() + "` | " + Advice.about(kind) + " |\n"));
  }
}
