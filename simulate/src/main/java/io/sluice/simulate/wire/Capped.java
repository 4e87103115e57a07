package io.sluice.simulate.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.spi.TokenCounter;

/**
 * An answer as far as the cap on its tokens lets it come. What is thought comes first and counts,
 * too: a cap that it uses up leaves no text.
 *
 * @param thoughts tokens that were thought, in addition to {@code tokens}
 * @param tokens of the text
 */
public record Capped(String text, long thoughts, long tokens, boolean isCut) {
  /**
   * @param thoughts tokens that would be thought without a cap
   * @param cap what the request has in the field; no positive number for no cap
   */
  public static Capped of(TokenCounter counter, String text, long thoughts, JsonNode cap) {
    long tokens = counter.count(text);
    long most = cap.asLong(0);
    if (most <= 0 || thoughts + tokens <= most) {
      return new Capped(text, thoughts, tokens, false);
    }
    long left = most - Math.min(thoughts, most);
    String kept = left == 0 ? "" : counter.cut(text, left);
    return new Capped(kept, most - left, left, true);
  }

  /** What is billed as output. */
  public long output() {
    return thoughts + tokens;
  }
}
