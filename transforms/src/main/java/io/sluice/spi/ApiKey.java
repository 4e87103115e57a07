package io.sluice.spi;

/** An API key. Never printed and never serialized. */
public final class ApiKey {
  private final String value;
  private final KeyScrub scrub;

  private ApiKey(String value) {
    this.value = value;
    this.scrub = new KeyScrub(value);
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

  /**
   * A server's text without the key, which some echo: as it is, escaped, within base64, or cut at
   * its end.
   */
  public String scrub(String text) {
    return scrub.scrub(text);
  }

  /**
   * Whether it is long enough to be one: real keys have 20 characters and more, "EMPTY" and
   * "ollama" are what servers without keys are told. Such a word may be in any answer, and is left
   * there.
   */
  public boolean isSecret() {
    return value.length() >= KeyScrub.LEAST_SECRET;
  }

  @Override
  public String toString() {
    return "ApiKey(***)";
  }
}
