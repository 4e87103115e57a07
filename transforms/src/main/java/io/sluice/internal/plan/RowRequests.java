package io.sluice.internal.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What all questions of a task take for one document, before any is answered: of several, each is
 * taken to be asked, and an answer that a later prompt uses to be as long as it may be.
 * Thread-safe.
 */
public final class RowRequests {
  private final @Nullable Steps steps;
  private final List<RequestBuilder> questions = new ArrayList<>();

  /**
   * @throws IllegalArgumentException where the task cannot be used
   */
  public RowRequests(ModelTask task) {
    this.steps = task.steps().isEmpty() ? null : new Steps(task);
    Steps.tasks(task).forEach(question -> questions.add(new RequestBuilder(question)));
  }

  /**
   * The first request about a document, with the tokens of all.
   *
   * @throws PromptException as {@link RequestBuilder#build(ObjectNode)}
   */
  public Request build(ObjectNode document) {
    if (steps == null) {
      return questions.get(0).build(document);
    }
    Request first = questions.get(steps.root()).build(document);
    long input = LongStream.of(inputTokens(document)).sum();
    return new Request(first.fingerprint(), first.body(), input, maxOutputTokens());
  }

  /**
   * The input tokens of each question about a document.
   *
   * @throws PromptException as {@link RequestBuilder#build(ObjectNode)}
   */
  public long[] inputTokens(ObjectNode document) {
    if (steps == null) {
      return new long[] {questions.get(0).build(document).inputTokens()};
    }
    List<@Nullable String> unknown = Collections.nCopies(steps.size(), null);
    long[] input = new long[steps.size()];
    for (int i = 0; i < steps.size(); i++) {
      input[i] = questions.get(i).build(steps.fields(i, document, unknown)).inputTokens();
      for (int need : steps.needs(i)) {
        input[i] += questions.get(need).limitsOutput() ? questions.get(need).maxOutputTokens() : 0;
      }
    }
    return input;
  }

  /** How many questions there are at most. */
  public int size() {
    return questions.size();
  }

  /** As {@link RequestBuilder#countsExactly}; answers within later prompts are never counted. */
  public boolean countsExactly() {
    return questions.size() == 1 && questions.get(0).countsExactly();
  }

  /** As {@link RequestBuilder#maxOutputTokens}, of all. */
  public long maxOutputTokens() {
    return questions.stream().mapToLong(RequestBuilder::maxOutputTokens).sum();
  }

  /** As {@link RequestBuilder#mostOutputTokens}, of all. */
  public OptionalLong mostOutputTokens(@Nullable Price price) {
    long sum = 0;
    for (RequestBuilder question : questions) {
      OptionalLong most = question.mostOutputTokens(price);
      if (most.isEmpty()) {
        return most;
      }
      sum += most.getAsLong();
    }
    return OptionalLong.of(sum);
  }

  /** As {@link RequestBuilder#limitsOutput}, of all. */
  public boolean limitsOutput() {
    return questions.stream().allMatch(RequestBuilder::limitsOutput);
  }
}
