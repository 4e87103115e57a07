package io.sluice.spi;

/**
 * How a batch's requests are written one after the other, in UTF-8 without a mark.
 *
 * @param head before the first request
 * @param between two requests
 * @param tail after the last one
 */
public record BatchFormat(String head, String between, String tail, Entry entry) {
  /** Writes one request. Thread-safe. */
  public interface Entry {
    String of(String customId, Request request);
  }

  /** One request; line ends, which JSON has outside of its texts only, would split it. */
  public String entry(String customId, Request request) {
    return entry.of(customId, request).replace('\n', ' ').replace('\r', ' ');
  }
}
