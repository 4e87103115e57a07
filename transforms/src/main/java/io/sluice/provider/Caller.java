package io.sluice.provider;

/**
 * Sends requests to a model and says what became of them. Thread-safe; {@link #call} blocks until
 * the outcome is known or the timeout given at construction has passed.
 */
public interface Caller extends AutoCloseable {
  /** Stands in where no caller could be opened; calling it is a programming error. */
  Caller UNAVAILABLE =
      new Caller() {
        @Override
        public Reply call(Request request) {
          throw new IllegalStateException("There is no caller for this account");
        }

        @Override
        public void close() {}
      };

  /**
   * Sends one request once; never retries.
   *
   * @return what came of it; failures are returned, not thrown
   */
  Reply call(Request request);

  @Override
  void close();
}
