package io.sluice.internal.provider.openai;

import io.sluice.spi.PrefixCache;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's prompt cache (guide to prompt caching): every beginning of 1,024 tokens and more is kept
 * by itself, five minutes at least after it was used last. What it saves, and whether writing
 * costs, is in a model's price.
 */
final class OpenAiPrefixes implements PrefixCache {
  private static final String SYSTEM = "\"messages\":[{\"role\":\"system\",\"content\":\"";
  private static final String USER = "\"},{\"role\":\"user\",";

  /** Of the Responses API; within a text its quotes would be escaped. */
  private static final String INSTRUCTIONS = ",\"instructions\":\"";

  private static final String INPUT = "\",\"input\":";
  private static final List<Life> LIVES = List.of(new Life(Keep.MINUTES, Duration.ofMinutes(5), 1));

  @Override
  public List<Life> lives() {
    return LIVES;
  }

  @Override
  public double read() {
    return 1;
  }

  @Override
  public long minimumTokens(String model) {
    return 1024;
  }

  /** Older models write for nothing, and say nothing. */
  @Override
  public boolean tellsWrites() {
    return false;
  }

  @Override
  public @Nullable String beginning(String body) {
    String chat = between(body, SYSTEM, USER);
    return chat == null ? between(body, INSTRUCTIONS, INPUT) : chat;
  }

  /** What a body begins with, up to where a text ends; null where it has no such text. */
  private static @Nullable String between(String body, String begin, String end) {
    int at = body.indexOf(begin);
    int until = at < 0 ? -1 : body.indexOf(end, at + begin.length());
    return until < 0 ? null : body.substring(0, until);
  }

  @Override
  public String marked(String body, Keep keep) {
    return body;
  }
}
