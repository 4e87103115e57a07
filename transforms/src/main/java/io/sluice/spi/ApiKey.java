package io.sluice.spi;

/** An API key. Never printed and never serialized. */
public final class ApiKey {
  private final String value;

  private ApiKey(String value) {
    this.value = value;
  }

  /**
   * @param value not empty
   */
  public static ApiKey of(String value) {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("An API key has at least one character");
    }
    return new ApiKey(value);
  }

  /** The key itself, to sign a request with and nothing else. */
  public String reveal() {
    return value;
  }

  /** A server's text without the key, which some echo in their errors. */
  public String scrub(String text) {
    return text.replace(value, "***");
  }

  @Override
  public String toString() {
    return "ApiKey(***)";
  }
}
