package io.sluice.internal.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.internal.prepare.Part;
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
  private final List<@Nullable Merging> mergings;

  /**
   * What is asked about a document.
   *
   * @param request the first, with the tokens of all
   * @param asks how many there are at most
   * @param parts of the document, of the questions that ask about parts of it; 0 where none does
   * @param largest input tokens of one of them, at most
   */
  public record Whole(Request request, int asks, int parts, long largest) {}

  /**
   * @throws IllegalArgumentException where the task cannot be used
   */
  public RowRequests(ModelTask task) {
    this.steps = task.steps().isEmpty() ? null : new Steps(task);
    Steps.questions(task).forEach(question -> questions.add(new RequestBuilder(question)));
    this.mergings = Merging.of(task);
  }

  /**
   * The first request about a document, with the tokens of all.
   *
   * @throws PromptException as {@link RequestBuilder#build(ObjectNode)}
   */
  public Request build(ObjectNode document) {
    return whole(document).request();
  }

  /**
   * All that is asked about a document.
   *
   * @throws PromptException as {@link RequestBuilder#build(ObjectNode)}
   */
  public Whole whole(ObjectNode document) {
    if (steps == null && mergings.get(0) == null) {
      Request request = questions.get(0).build(document);
      return new Whole(request, 1, 0, request.inputTokens());
    }
    int root = steps == null ? 0 : steps.root();
    return added(document).whole(questions.get(root).build(document));
  }

  /**
   * The input tokens of each question about a document.
   *
   * @throws PromptException as {@link RequestBuilder#build(ObjectNode)}
   */
  public long[] inputTokens(ObjectNode document) {
    return steps == null && mergings.get(0) == null
        ? new long[] {questions.get(0).build(document).inputTokens()}
        : added(document).input;
  }

  private Added added(ObjectNode document) {
    Added all = new Added();
    if (steps == null) {
      all.add(0, document);
      return all;
    }
    List<@Nullable String> unknown = Collections.nCopies(steps.size(), null);
    for (int i = 0; i < steps.size(); i++) {
      all.add(i, steps.fields(i, document, unknown));
      for (int need : steps.needs(i)) {
        RequestBuilder needed = questions.get(need);
        all.input[i] += needed.limitsOutput() ? needed.maxOutputTokens() : 0;
      }
    }
    return all;
  }

  /** What questions take together. */
  private final class Added {
    /** By question. */
    private final long[] input = new long[questions.size()];

    private long output;
    private long largest;
    private int asks;
    private int parts;

    void add(int question, ObjectNode fields) {
      RequestBuilder builder = questions.get(question);
      List<Part> own = builder.parts(fields);
      for (Part part : own) {
        input[question] += part.request().inputTokens();
        largest = Math.max(largest, part.request().inputTokens());
      }
      int count = own.size();
      asks += count;
      Merging merging = mergings.get(question);
      if (merging != null && own.get(0).field() != null) {
        parts += count;
        Merging.Most most = merging.most(fields, count, builder.maxOutputTokens());
        input[question] += most.inputTokens();
        largest = Math.max(largest, most.largest());
        asks += most.asks();
        count += most.asks();
      }
      output += count * builder.maxOutputTokens();
    }

    Whole whole(Request first) {
      return new Whole(
          new Request(first.fingerprint(), first.body(), LongStream.of(input).sum(), output),
          asks,
          parts,
          largest);
    }
  }

  /** How many questions there are at most. */
  public int size() {
    return questions.size();
  }

  /** As {@link RequestBuilder#countsExactly}; answers within later prompts are never counted. */
  public boolean countsExactly() {
    return questions.size() == 1
        && questions.get(0).countsExactly()
        && mergings.stream().noneMatch(each -> each != null && each.asks());
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
