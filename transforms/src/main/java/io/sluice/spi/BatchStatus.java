package io.sluice.spi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch as its provider sees it.
 *
 * @param intent the id of the intent that the batch names as its own, or whatever stands in its
 *     place; null where the provider does not show it
 * @param inputFile the id of the uploaded file; null where the provider has none
 * @param resultFiles where results are, as the provider names it, see {@link BatchApi#resultFiles};
 *     empty while there is nothing, and for good where a batch ended without any result
 */
public record BatchStatus(
    String id,
    @Nullable String intent,
    State state,
    Counts counts,
    List<BatchProblem> problems,
    @Nullable Instant createdAt,
    @Nullable Instant expiresAt,
    @Nullable String inputFile,
    List<String> resultFiles) {
  public BatchStatus {
    problems = List.copyOf(problems);
    resultFiles = List.copyOf(resultFiles);
  }

  /** How far a batch is. */
  public enum State {
    VALIDATING(false),
    /** Refused as a whole: nothing ran, see {@link BatchStatus#problems}. */
    FAILED(true),
    IN_PROGRESS(false),
    FINALIZING(false),
    /** Every request has an outcome, which may be a failure. */
    COMPLETED(true),
    /** Time ran out; what was answered by then is in the results, and billed. */
    EXPIRED(true),
    CANCELLING(false),
    /** As with {@code EXPIRED}. */
    CANCELLED(true),
    /** A state that is not known here: to be polled again. */
    UNKNOWN(false);

    private final boolean ended;

    State(boolean ended) {
      this.ended = ended;
    }

    /** Whether nothing more will happen. */
    public boolean isEnded() {
      return ended;
    }
  }

  /**
   * Requests by outcome; 0 where the provider does not say, as Anthropic while a batch runs.
   *
   * @param total 0 while a batch is validated
   */
  public record Counts(long total, long succeeded, long failed, long expired, long cancelled) {
    /** Those with an answer or an error of their own. */
    public long finished() {
      return succeeded + failed;
    }
  }

  /**
   * Why a batch was refused.
   *
   * @param line of the input file, from 1; null where the whole is meant
   */
  public record BatchProblem(String code, String message, @Nullable Long line) {}

  /** Of a provider that does not show whose intent a batch is. */
  public BatchStatus(
      String id,
      State state,
      Counts counts,
      List<BatchProblem> problems,
      @Nullable Instant createdAt,
      @Nullable Instant expiresAt,
      @Nullable String inputFile,
      List<String> resultFiles) {
    this(id, null, state, counts, problems, createdAt, expiresAt, inputFile, resultFiles);
  }

  /** The same batch, by the id that it was asked for. */
  public BatchStatus withId(String asked) {
    return new BatchStatus(
        asked, intent, state, counts, problems, createdAt, expiresAt, inputFile, resultFiles);
  }

  /**
   * Whether the batch was refused because the account's queue was full, so that the same requests
   * may be submitted later as they are (OpenAI, Azure).
   */
  public boolean isQueueFull() {
    return state == State.FAILED
        && !problems.isEmpty()
        && problems.stream().allMatch(problem -> problem.code().equals("token_limit_exceeded"));
  }
}
