package io.sluice.internal.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.LongInput;
import io.sluice.Merge;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.TooLong;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.text.ExactJson;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the answers to the parts of a document come to: the row's output, or what the model is asked
 * with them. Pure and thread-safe.
 *
 * <p>A prompt that merges is asked with as many answers as one request holds, in their order; where
 * there are several such groups their answers are merged in turn, until there is one.
 */
public final class Merging {
  /** The field under which a prompt that merges finds the answers. */
  public static final String FIELD = "parts";

  private static final String BETWEEN = "\n\n";

  /** What is between two answers is counted, too. */
  private static final long TOKENS_BETWEEN = 3;

  private static final int MOST_TRIES = 10;

  private final Merge merge;
  private final List<String> labels;
  private final @Nullable RequestBuilder requests;
  private final int step;

  /** What follows from answers. */
  public sealed interface Next {
    /** The output, as JSON text. */
    record Output(String json) implements Next {}

    /** Groups of answers, each of which becomes one; then what they come to follows. */
    record Groups(List<Group> groups) implements Next {}
  }

  /**
   * Answers that are merged by one request.
   *
   * @param from the first of them
   * @param to that after the last
   * @param document as the prompt sees it
   * @param request null for a single answer, which stays as it is
   */
  public record Group(int from, int to, ObjectNode document, @Nullable Request request) {}

  private Merging(ModelTask question, @Nullable ModelTask merging, int step) {
    this.merge = question.prompt().limit().merge();
    this.labels = question.output().labels();
    this.requests = merging == null ? null : new RequestBuilder(merging);
    this.step = step;
  }

  /** Whether a task asks about parts of documents. */
  public static boolean isNeeded(ModelTask task) {
    return Steps.questions(task).stream().anyMatch(Merging::splits);
  }

  private static boolean splits(ModelTask question) {
    return question.prompt().tooLong() == TooLong.SPLIT;
  }

  private static boolean asks(ModelTask question) {
    return splits(question) && question.prompt().limit().merge().how() == Merge.How.PROMPT;
  }

  /** The questions with which some questions' answers are merged. */
  static List<ModelTask> tasks(List<ModelTask> questions) {
    List<ModelTask> tasks = new ArrayList<>();
    for (ModelTask question : questions) {
      LongInput limit = question.prompt().limit();
      String user = limit.merge().user();
      if (asks(question) && user != null) {
        tasks.add(
            question.withPrompt(
                new Prompt(
                    limit.merge().system(), user, TooLong.FAIL, LongInput.of(limit.maxTokens()))));
      }
    }
    return tasks;
  }

  /**
   * Those of a task's questions, by step; null for one that is not asked in parts.
   *
   * @throws IllegalArgumentException where the task cannot be used
   */
  public static List<@Nullable Merging> of(ModelTask task) {
    List<ModelTask> questions = Steps.questions(task);
    List<ModelTask> tasks = Steps.tasks(task);
    List<@Nullable Merging> all = new ArrayList<>();
    int next = questions.size();
    for (ModelTask question : questions) {
      boolean asks = asks(question);
      all.add(
          splits(question)
              ? new Merging(question, asks ? tasks.get(next) : null, asks ? next : 0)
              : null);
      next += asks ? 1 : 0;
    }
    return all;
  }

  /** The step whose plan and judge are those of its requests. */
  public int step() {
    return step;
  }

  /** Whether the model is asked. */
  public boolean asks() {
    return requests != null;
  }

  /**
   * What follows from the answers to all parts, or to all groups of answers.
   *
   * @param document the whole
   * @param outputs as JSON text, one or more
   * @throws PromptException where they cannot be asked about
   */
  public Next after(ObjectNode document, List<String> outputs) {
    return switch (merge.how()) {
      case LIST -> new Next.Output("[" + String.join(",", outputs) + "]");
      case FIRST -> new Next.Output(first(outputs));
      case VOTE -> new Next.Output(vote(outputs));
      case PROMPT ->
          outputs.size() == 1 || requests == null
              ? new Next.Output(outputs.get(0))
              : new Next.Groups(groups(requests, document, outputs));
    };
  }

  private static JsonNode read(String json) {
    try {
      return ExactJson.read(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("An output is JSON", e);
    }
  }

  private static String first(List<String> outputs) {
    if (!(read(outputs.get(0)) instanceof ObjectNode first)) {
      return outputs.stream()
          .filter(output -> !read(output).isNull() && !read(output).asText("x").isBlank())
          .findFirst()
          .orElse(outputs.get(0));
    }
    for (String output : outputs.subList(1, outputs.size())) {
      for (Map.Entry<String, JsonNode> field : read(output).properties()) {
        if (!first.hasNonNull(field.getKey())) {
          first.set(field.getKey(), field.getValue());
        }
      }
    }
    return first.toString();
  }

  private String vote(List<String> outputs) {
    Map<String, Integer> votes = new HashMap<>();
    outputs.forEach(output -> votes.merge(read(output).asText(), 1, Integer::sum));
    String best = "";
    for (String label : labels) {
      best = votes.getOrDefault(label, 0) > votes.getOrDefault(best, 0) ? label : best;
    }
    return JsonNodeFactory.instance.textNode(best).toString();
  }

  /**
   * What asking with answers takes at most.
   *
   * @param asks how many requests
   * @param inputTokens of all of them
   * @param largest input tokens of one
   */
  record Most(int asks, long inputTokens, long largest) {}

  /**
   * @param parts 1 or more
   * @param answerTokens of each answer, at most
   */
  Most most(ObjectNode document, int parts, long answerTokens) {
    RequestBuilder builder = requests;
    if (builder == null) {
      return new Most(0, 0, 0);
    }
    long words = builder.countTokens(with(document, ""));
    long each = answerTokens + TOKENS_BETWEEN;
    long inOne = Math.max(2, (builder.limit() - words) / each);
    int asks = 0;
    long input = 0;
    for (long left = parts; left > 1; left = (left + inOne - 1) / inOne) {
      // A last one by itself stays as it is.
      boolean single = left % inOne == 1;
      long groups = (left + inOne - 1) / inOne - (single ? 1 : 0);
      asks += (int) groups;
      input += groups * words + (left - (single ? 1 : 0)) * each;
    }
    return new Most(asks, input, asks == 0 ? 0 : words + Math.min(inOne, parts) * each);
  }

  // ---- a prompt -------------------------------------------------------------------------------

  private static List<Group> groups(
      RequestBuilder requests, ObjectNode document, List<String> outputs) {
    List<String> texts = new ArrayList<>();
    long[] tokens = new long[outputs.size()];
    for (int i = 0; i < tokens.length; i++) {
      JsonNode output = read(outputs.get(i));
      texts.add(output.isTextual() ? output.textValue() : outputs.get(i));
      tokens[i] = requests.countTokens(texts.get(i)) + TOKENS_BETWEEN;
    }
    long limit = requests.limit();
    long room = limit - requests.countTokens(with(document, ""));
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      List<int[]> groups = groups(tokens, room);
      long over = 0;
      List<Group> asked = new ArrayList<>();
      for (int[] group : groups) {
        String text = String.join(BETWEEN, texts.subList(group[0], group[1]));
        ObjectNode own = with(document, text);
        boolean isSingle = group[1] - group[0] == 1;
        over = Math.max(over, isSingle ? 0 : requests.countTokens(own) - limit);
        asked.add(
            new Group(group[0], group[1], own, isSingle || over > 0 ? null : requests.build(own)));
      }
      if (groups.size() == outputs.size()) {
        break;
      }
      if (over <= 0) {
        return asked;
      }
      room -= over;
    }
    throw new PromptException(
        ErrorKind.TOO_LARGE,
        "Cannot merge the answers to the parts: two of them, with the prompt, are more than the "
            + limit
            + " tokens that a request may have; ask for shorter answers (max_tokens), or raise"
            + " prompt.maxTokens");
  }

  private static List<int[]> groups(long[] tokens, long room) {
    List<int[]> groups = new ArrayList<>();
    int from = 0;
    long sum = 0;
    for (int i = 0; i < tokens.length; i++) {
      if (i > from && sum + tokens[i] > room) {
        groups.add(new int[] {from, i});
        from = i;
        sum = 0;
      }
      sum += tokens[i];
    }
    groups.add(new int[] {from, tokens.length});
    return groups;
  }

  private static ObjectNode with(ObjectNode document, String parts) {
    return document.deepCopy().put(FIELD, parts);
  }
}
