package io.sluice.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A job's files: documents and a task. */
final class Job {
  private final Path directory;
  private final int keys;
  private int runs;

  /**
   * @param quota the fields of the task's {@code quota}
   * @param keys how many quota keys the documents have
   */
  Job(Path directory, String url, String quota, int keys) throws IOException {
    this.directory = directory;
    this.keys = keys;
    Files.writeString(
        directory.resolve("task.yaml"),
        """
        name: bench
        provider: {kind: openai, baseUrl: "%s", apiKeyEnv: BENCH_KEY}
        model: gpt-4o-mini
        prompt: {user: "{{text}}"}
        parameters: {max_tokens: 20}
        output: {type: text}
        document: {key: key}
        quota: {%s}
        """
            .formatted(url, quota + (keys == 1 ? "" : ", keys: {" + listed(keys) + "}")));
  }

  /** Keys that the task does not list would share its account. */
  private static String listed(int keys) {
    return IntStream.range(0, keys)
        .mapToObj(key -> "k" + key + ": {requestsPerMinute: 60000000}")
        .collect(Collectors.joining(", "));
  }

  /** Documents of the same length, about. */
  void documents(int count) throws IOException {
    documents(count, 20, 20);
  }

  /** Documents of so many words. */
  void documents(int count, int fewest, int most) throws IOException {
    int[] words = words(count, fewest, most);
    try (BufferedWriter out = Files.newBufferedWriter(directory.resolve("documents.jsonl"))) {
      for (int i = 0; i < count; i++) {
        out.write(
            "{\"id\": \"d"
                + i
                + "\", \"key\": \"k"
                + i % keys
                + "\", \"text\": \""
                + text(i, words[i]));
        out.write("\"}\n");
      }
    }
  }

  /** Lengths spread evenly over their logarithm; always the same. */
  static int[] words(int count, int fewest, int most) {
    Random random = new Random(1);
    int[] words = new int[count];
    for (int i = 0; i < count; i++) {
      words[i] = (int) (fewest * Math.pow((double) most / fewest, random.nextDouble()));
    }
    return words;
  }

  static String text(int number, int words) {
    return "Number " + number + " word".repeat(words);
  }

  Jar.Ended run(String... flags) throws IOException, InterruptedException {
    return run(List.of(), flags);
  }

  Jar.Ended run(List<String> javaOptions, String... flags)
      throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "run",
                "--task=" + directory.resolve("task.yaml"),
                "--input=" + directory.resolve("documents.jsonl"),
                "--output=" + directory.resolve("out-" + ++runs)));
    arguments.addAll(List.of(flags));
    return Jar.run(javaOptions, arguments, directory.resolve("job-" + runs + ".log"));
  }
}
