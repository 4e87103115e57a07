package io.sluice.spi;

import java.util.List;

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

  /** How many requests {@link #callPacked} takes. */
  default PackLimits packs() {
    return PackLimits.ONE;
  }

  /**
   * Sends several requests in one call.
   *
   * @param requests within {@link #packs}
   * @return one reply for each, in their order; where the call as a whole failed, all of them are
   *     that failure
   */
  default List<Reply> callPacked(List<Request> requests) {
    return requests.stream().map(this::call).toList();
  }

  @Override
  void close();
}
