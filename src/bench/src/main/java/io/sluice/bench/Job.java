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
    this(
        directory,
        url,
        quota + (keys == 1 ? "" : ", keys: {" + listed(keys) + "}"),
        keys,
        """
        prompt: {user: "{{text}}"}
        output: {type: text}
        document: {key: key}
        """);
  }

  private Job(Path directory, String url, String quota, int keys, String asked) throws IOException {
    this.directory = directory;
    this.keys = keys;
    Files.writeString(
        directory.resolve("task.yaml"),
        """
        name: bench
        provider: {kind: openai, baseUrl: "%s", apiKeyEnv: BENCH_KEY}
        model: gpt-4o-mini
        parameters: {max_tokens: 20}
        quota: {%s}
        """
                .formatted(url, quota)
            + asked);
  }

  /** Two questions a document, the second with the first one's answer. */
  static Job ofTwoSteps(Path directory, String url, String quota) throws IOException {
    return new Job(
        directory,
        url,
        quota,
        1,
        """
        steps:
          - {name: topic, prompt: {user: "{{text}}"}, output: {type: text}}
          - {name: tone, prompt: {user: "{{steps.topic}}: {{text}}"}, output: {type: text}}
        """);
  }

  /**
   * Documents with one of so many labels, of words that tell it; a word of the text names it, so
   * that the {@link Provider} knows it.
   *
   * @param cascade whether a small model answers what it is sure of
   */
  static Job labelled(
      Path directory, String url, String quota, int documents, int labels, boolean cascade)
      throws IOException {
    Job job =
        new Job(
            directory,
            url,
            quota,
            1,
            """
            prompt: {user: "{{text}}"}
            output: {type: label, labels: [%s]}
            """
                    .formatted(labels(labels))
                + (cascade ? "cascade: {agreement: 0.95}\n" : ""));
    Random random = new Random(1);
    try (BufferedWriter out = Files.newBufferedWriter(directory.resolve("documents.jsonl"))) {
      for (int i = 0; i < documents; i++) {
        int label = random.nextInt(labels);
        StringBuilder text = new StringBuilder("Number " + i + " of kind" + (char) ('a' + label));
        for (int word = 0; word < 30; word++) {
          boolean telling = random.nextInt(4) == 0;
          text.append(telling ? " w" + label + "x" : " any").append(random.nextInt(40));
        }
        out.write("{\"id\": \"d" + i + "\", \"text\": \"" + text + "\"}\n");
      }
    }
    return job;
  }

  /** Names of which none begins with another. */
  static String labels(int count) {
    return IntStream.range(0, count)
        .mapToObj(label -> "kind" + (char) ('a' + label))
        .collect(Collectors.joining(","));
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
