package io.sluice.pipeline.flags;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class JobFlagsTest {
  /**
   * As {@code --output=$OUT} is where that is not set: outputs would be where the process works.
   */
  @Test
  void directories_empty_areRefused() {
    JobFlags flags = new JobFlags();
    flags.output = "";
    assertThat(
        assertThrows(UsageException.class, flags::requiredOutput).getMessage(),
        containsString("--output: expected a directory, got nothing"));
    flags.ledger = " ";
    assertThat(
        assertThrows(UsageException.class, flags::ledger).getMessage(),
        containsString("--ledger: expected a directory, got nothing"));
  }
}
