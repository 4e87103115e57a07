package io.sluice.pipeline.task;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;

/** Reads a task file's text for a test; the variable {@code MODEL} is {@code gpt-4o}. */
final class TaskTexts {
  private static final Map<String, String> ENV = Map.of("MODEL", "gpt-4o");

  /** A task with a field of every kind, and no mistake. */
  static final String GOOD =
      """
      name: ticket-topics
      provider:
        kind: openai
        baseUrl: https://api.openai.com/v1/
        apiKeyEnv: OPENAI_API_KEY
        mode: realtime
        deadline: 24h
      model: ${MODEL}
      operation: chat
      prompt:
        system: "Classify the ticket."
        user: "{{text}}"
      parameters: {max_tokens: 20, temperature: 0.5, stop: ["\\n"], logprobs: false}
      output:
        type: label
        labels: [billing, bug, praise]
      document: {id: ticket, text: body, key: tenant}
      quota:
        requestsPerMinute: 500
        tokensPerMinute: 150000
        maxConcurrent: 40
        burst: 1500ms
        keys: {acme: {requestsPerMinute: 60, apiKeyEnv: ACME_KEY}}
      chunk: {documents: 10, maxDelay: 2s}
      retry: {maxAttempts: 3, timeout: 1m, outage: 2h}
      budget: {usd: 5.00}
      failure: {maxRate: 0.05}
      """;

  /** A task with what it must have. */
  static final String SHORT = "name: a\nmodel: m\nprompt: {user: \"{{text}}\"}\n";

  private TaskTexts() {}

  static JobTask parse(String yaml) throws TaskFileException {
    return TaskFile.parse("task.yaml", yaml, ENV::get);
  }

  static String problems(String yaml) {
    return String.valueOf(assertThrows(TaskFileException.class, () -> parse(yaml)).getMessage());
  }
}
