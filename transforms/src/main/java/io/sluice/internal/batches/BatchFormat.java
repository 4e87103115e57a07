package io.sluice.internal.batches;

import io.sluice.spi.Request;
import java.nio.charset.StandardCharsets;

/** How a batch's requests are written one after the other. Immutable. */
enum BatchFormat {
  /** A file of lines (OpenAI's guide to the Batch API). UTF-8 without a mark, no empty line. */
  OPENAI("", "\n", "\n") {
    @Override
    String entry(String customId, Request request, String url) {
      return "{\"custom_id\":\""
          + customId
          + "\",\"method\":\"POST\",\"url\":\""
          + url
          + "\",\"body\":"
          + request.body()
          + "}";
    }
  },
  /** The body of the call that creates the batch (Anthropic's API reference). */
  ANTHROPIC("{\"requests\":[", ",", "]}") {
    @Override
    String entry(String customId, Request request, String url) {
      return "{\"custom_id\":\"" + customId + "\",\"params\":" + request.body() + "}";
    }
  };

  final byte[] head;
  final byte[] between;
  final byte[] tail;

  BatchFormat(String head, String between, String tail) {
    this.head = head.getBytes(StandardCharsets.UTF_8);
    this.between = between.getBytes(StandardCharsets.UTF_8);
    this.tail = tail.getBytes(StandardCharsets.UTF_8);
  }

  abstract String entry(String customId, Request request, String url);

  /** One request; line ends, which JSON has outside of its texts only, would split it. */
  byte[] bytes(String customId, Request request, String url) {
    return entry(customId, request, url)
        .replace('\n', ' ')
        .replace('\r', ' ')
        .getBytes(StandardCharsets.UTF_8);
  }
}
