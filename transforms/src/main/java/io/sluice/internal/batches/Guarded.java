package io.sluice.internal.batches;

import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.CallFailedException;
import java.io.UncheckedIOException;

/** Whatever a provider's reply makes of whoever reads it, it is that call's failure. */
final class Guarded {
  private Guarded() {}

  /** Asks, and reads what is answered. */
  static <T> T run(BatchCalls.Attempt<T> attempt) throws CallFailedException {
    try {
      return attempt.run();
    } catch (UncheckedIOException e) {
      // A file of this machine's.
      throw e;
    } catch (RuntimeException | StackOverflowError e) {
      throw NoAnswer.thrown(
          "What the provider answered cannot be read ("
              + e.getClass().getSimpleName()
              + (e.getMessage() == null ? "" : ": " + e.getMessage())
              + ")");
    }
  }
}
