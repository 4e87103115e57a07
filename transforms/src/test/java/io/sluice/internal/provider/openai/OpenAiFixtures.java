package io.sluice.internal.provider.openai;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.batches.BatchRig;
import io.sluice.spi.Connection;
import java.time.Duration;

/** What OpenAI answers about batches. */
final class OpenAiFixtures {
  static final String POLL = "GET /v1/batches/b1";
  static final long CREATED = BatchRig.NOW.getEpochSecond() + 2;

  private OpenAiFixtures() {}

  /** The batches of a provider at some address. */
  static OpenAiBatches batches(String baseUrl, String api) {
    return OpenAiBatches.open(
        new Connection(
            new Provider("openai", baseUrl, KeySource.NONE).withApi(api),
            Operation.CHAT,
            "m-1",
            null,
            Duration.ofSeconds(20),
            4));
  }

  static String batch(String id, String status, String more) {
    return "{\"id\":\""
        + id
        + "\",\"status\":\""
        + status
        + "\",\"created_at\":"
        + CREATED
        + ",\"input_file_id\":\"file-1\""
        + more
        + "}";
  }

  static String mine(String id, String status) {
    return batch(id, status, ",\"metadata\":{\"sluice_intent\":\"intent1\"}");
  }

  static String list(boolean more, String... batches) {
    return "{\"object\":\"list\",\"data\":["
        + String.join(",", batches)
        + "],\"has_more\":"
        + more
        + "}";
  }

  static String answered(int number, String content) {
    return "{\"id\":\"r\",\"custom_id\":\""
        + BatchRig.customId(number)
        + "\",\"response\":{\"status_code\":200,\"body\":{\"model\":\"m-1\",\"choices\":[{"
        + "\"finish_reason\":\"stop\",\"message\":{\"content\":\""
        + content
        + "\"}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}},\"error\":null}\n";
  }

  static String failed(int number, String response, String error) {
    return "{\"custom_id\":\""
        + BatchRig.customId(number)
        + "\",\"response\":"
        + response
        + ",\"error\":"
        + error
        + "}\n";
  }
}
