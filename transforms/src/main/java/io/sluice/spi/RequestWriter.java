package io.sluice.spi;

import java.io.Serializable;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes a task's questions as its provider reads them. Equal questions are written as equal text,
 * on every machine and in every version: a ledger knows by it what is paid. Thread-safe.
 */
public interface RequestWriter {
  /**
   * Output tokens assumed where nothing limits an answer. The quota reserves as much before the
   * call and settles with what was used.
   */
  long ASSUMED_OUTPUT_TOKENS = 1024;

  /**
   * What is asked about one document.
   *
   * @param system null for none
   * @param user not blank
   */
  record Question(@Nullable String system, String user) {}

  /**
   * An answer that did not fit, and what the model is told of it.
   *
   * @param answer as the model gave it, perhaps blank
   * @param told what is wrong with it and what is expected; by that an answer is judged and not
   *     known, as by the schema: it is no part of a request's identity
   */
  record Misfit(String answer, String told) implements Serializable {
    /** What stands for an answer that has no letter. */
    private static final String BLANK = "(no answer)";

    /** The answer as a turn of a conversation, which may not be blank. */
    public String turn() {
      return answer.isBlank() ? BLANK : answer;
    }
  }

  /**
   * A question as it is sent.
   *
   * @param path after the base URL; part of the fingerprint
   * @param identity the body as the fingerprint has it: without what may change while answers stay
   *     good, such as the answer's schema, by which they are judged again
   * @param body as it is sent, a JSON object; never contains a key
   * @param inputTokens counted or estimated
   */
  record Written(String path, String identity, String body, long inputTokens) {}

  /**
   * @throws PromptException where the text is longer than the model takes
   */
  Written write(Question question);

  /**
   * Writes a question once more, with an answer to it that did not fit. Where a conversation has
   * turns these are the model's and the next of the user; the default puts both behind the
   * question.
   *
   * @throws PromptException where the text is longer than the model takes
   */
  default Written write(Question question, Misfit misfit) {
    String user = question.user() + "\n\nYour answer was:\n" + misfit.turn();
    String identity = write(new Question(question.system(), user)).identity();
    Written told = write(new Question(question.system(), user + "\n\n" + misfit.told()));
    return new Written(told.path(), identity, told.body(), told.inputTokens());
  }

  /** The input tokens that a request may have; empty where the model's limit is not known. */
  default OptionalLong maxInputTokens() {
    return OptionalLong.empty();
  }

  /** The output tokens that every request is expected to use at most; 0 for embeddings. */
  long maxOutputTokens();

  /** Whether the request itself says how long its answer may be. */
  boolean limitsOutput();
}
