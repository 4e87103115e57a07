package io.sluice.pipeline.words;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import org.junit.jupiter.api.Test;

class DurationsTest {
  @Test
  void words_ofAClockThatWasSetBack_areNotNegative() {
    assertThat(Durations.words(-86_400), is("0 s"));
    assertThat(Durations.words(61), is("61 s"));
  }
}
