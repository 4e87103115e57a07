package io.sluice.pipeline.input.files;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;

import org.junit.jupiter.api.Test;

class LocalFilesTest {
  /** What would not help is not said. */
  @Test
  void unreadable_inUtf8_isToBeRenamed_andElsewhereThereIsAnEncodingFirst() {
    assertThat(
        LocalFiles.unreadable("/in/\uFFFD.jsonl", "UTF-8"),
        endsWith("is not valid UTF-8, so it cannot be opened; rename the file"));
    assertThat(
        LocalFiles.unreadable("/in/\uFFFD.jsonl", "ANSI_X3.4-1968"),
        containsString("start it with LC_ALL=C.UTF-8"));
  }
}
