package io.sluice.spi;

/**
 * How large one batch may be. Megabytes are counted as 1,000,000 bytes, the smaller of the two
 * meanings.
 *
 * @param requests 1 or more
 * @param bytes of the file or body, 1 or more
 * @param inputTokens of all requests together, 1 or more
 */
public record BatchLimits(int requests, long bytes, long inputTokens) {
  /** What is waited for until the provider's own limits are known: the most that any takes. */
  public static final BatchLimits UNTIL_KNOWN =
      new BatchLimits(100_000, 256_000_000, Long.MAX_VALUE);

  public BatchLimits {
    if (requests < 1 || bytes < 1 || inputTokens < 1) {
      throw new IllegalArgumentException(
          "A batch's limits are 1 or more, got "
              + requests
              + " requests, "
              + bytes
              + " bytes, "
              + inputTokens
              + " tokens");
    }
  }

  public BatchLimits withRequests(int most) {
    return new BatchLimits(most, bytes, inputTokens);
  }

  public BatchLimits withBytes(long most) {
    return new BatchLimits(requests, most, inputTokens);
  }

  /** For an account whose queue takes so many input tokens at a time (OpenAI, Azure). */
  public BatchLimits withInputTokens(long most) {
    return new BatchLimits(requests, bytes, most);
  }
}
