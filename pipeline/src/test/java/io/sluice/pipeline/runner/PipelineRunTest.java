package io.sluice.pipeline.runner;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.internal.ledger.LedgerException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PipelineRunTest {
  private static IllegalStateException with(String message, Throwable met) {
    IllegalStateException thrown = new IllegalStateException(message);
    thrown.addSuppressed(met);
    return thrown;
  }

  /** Beam's runner keeps beside its own exception what it met when it ended. */
  @Test
  void failure_whatTheRunnerMetAtItsEnd_isSaidInOurWords() {
    LedgerException full = new LedgerException("No room for the ledger", new IOException("full"));
    RuntimeException thrown =
        with("Error during shutdown", with("Tearing down", new RuntimeException("user", full)));
    assertThat(PipelineRun.failure(thrown).getMessage(), is("No room for the ledger"));
    assertThat(
        PipelineRun.failure(new RuntimeException("outer", thrown)).getMessage(),
        is("No room for the ledger"));
  }

  @Test
  void failure_ofNoneOfOurs_isWhatLiesAtItsRoot() {
    RuntimeException thrown =
        new RuntimeException("outer", with("root", new IOException("closed")));
    assertThat(PipelineRun.failure(thrown).getMessage(), is("root"));
  }
}
