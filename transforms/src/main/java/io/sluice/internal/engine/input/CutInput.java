package io.sluice.internal.engine.input;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.Reply;
import io.sluice.spi.TokenCounter;
import java.util.Arrays;

/**
 * Tells an answer whose server has read a part of the request alone, and did not say so: Ollama
 * keeps as much as its context length ({@code num_ctx}, 4,096 unless told otherwise) and answers
 * what is left. Thread-safe; one an engine, so that it learns of one model on one address.
 *
 * <p><b>How.</b> Only the tokens that the server says it has read ({@code usage}) can show it. We
 * have counted the request before, but with a tokenizer that need not be the model's: the same text
 * is up to three times as many tokens by one as by another, and what is added around a prompt is
 * known to nobody. So what is read is held against the <i>least share</i> of what was counted that
 * answers of this server have: of documents at least half as long, where there are ten; else of all
 * answers, and 1 at most, as what is added weighs more in short ones; before there are ten, a share
 * that hardly a pair of usual tokenizers has. An answer is short where it is a tenth below that.
 *
 * <p>To be short is not enough: the first text in another language may be. A context length is one
 * number, and the largest. So the answer was cut where, besides, no answer of more tokens has come,
 * and its tokens
 *
 * <ul>
 *   <li>are a number that context lengths are, a multiple of 256 or of 100: of honest answers that
 *       are one in seventy, and only those matter that are longer than all before, and short;
 *   <li>or are those of two others before it (four, below 256), one of which was counted a sixth
 *       lower;
 *   <li>or are a twelfth of what was counted of the document alone, which no tokenizer comes to,
 *       nor a server that counts characters or words instead. Servers that leave out what they had
 *       in a cache, and say nothing of it, do; that is the beginning that prompts share, which is
 *       not the document's, or a request that was sent before.
 * </ul>
 *
 * <p>Answers at the largest number are learned from only once there is a larger one: they may have
 * been cut. What a server says that it had in a cache is added, so that it does not matter whether
 * its input has it. Where it says nothing, and where several texts share a call and its number,
 * nothing is concluded.
 */
public final class CutInput {
  /** No context is shorter. */
  private static final long LEAST_COUNTED = 256;

  private static final long LEAST_READ = 64;
  private static final int ENOUGH = 10;
  private static final double TOLERANCE = 0.9;
  private static final double LEAST_SHARE = 0.45;

  /** Where the encoding is known, and the number a multiple of 512 or 500. */
  private static final double LEAST_SHARE_IF_EXACT = 0.8;

  /** Where the number is a multiple of 1,024, which one honest answer in as many is. */
  private static final double LEAST_SHARE_AT_LENGTH = 0.75;

  private static final double NO_TOKENIZER = 1.0 / 12;
  private static final int SIZES = 64;

  private final boolean isWatched;
  private final boolean exact;
  private final long sharedTokens;

  @GuardedBy("this")
  private final Shares known = new Shares();

  /** Of those that read as many tokens as none above them. */
  @GuardedBy("this")
  private Shares atMost = new Shares();

  @GuardedBy("this")
  private long most;

  /** Least shares of what was counted, by the power of two that the count is in. */
  private static final class Shares {
    final double[] least = new double[SIZES];
    final int[] seen = new int[SIZES];
    long leastCounted = Long.MAX_VALUE;

    Shares() {
      Arrays.fill(least, Double.MAX_VALUE);
    }

    void add(long counted, long read) {
      int size = size(counted);
      seen[size]++;
      least[size] = Math.min(least[size], (double) read / counted);
      leastCounted = Math.min(leastCounted, counted);
    }

    void add(Shares others) {
      for (int i = 0; i < SIZES; i++) {
        seen[i] += others.seen[i];
        least[i] = Math.min(least[i], others.least[i]);
      }
    }

    int seen(int fromSize) {
      return Arrays.stream(seen, fromSize, SIZES).sum();
    }

    double least(int fromSize) {
      return Arrays.stream(least, fromSize, SIZES).min().orElse(Double.MAX_VALUE);
    }

    static int size(long counted) {
      return SIZES - 1 - Long.numberOfLeadingZeros(counted);
    }
  }

  /**
   * @param exact whether the model's own encoding is known, as far as its name is to be believed
   * @param sharedTokens of a prompt's own words, which documents share
   */
  CutInput(boolean exact, long sharedTokens) {
    this(true, exact, sharedTokens);
  }

  private CutInput(boolean isWatched, boolean exact, long sharedTokens) {
    this.isWatched = isWatched;
    this.exact = exact;
    this.sharedTokens = sharedTokens;
  }

  /** Of the answers to a task. */
  public static CutInput of(ModelTask task) {
    ModelProvider provider = Providers.of(task);
    if (provider.runsInProcess()) {
      return new CutInput(false, false, 0);
    }
    TokenCounter tokens = provider.tokens(task.model());
    long shared = 0;
    for (ModelTask question : Steps.tasks(task)) {
      String system = question.prompt().system();
      shared = Math.max(shared, tokens.chatTokens(system, question.prompt().user()));
    }
    return new CutInput(tokens.exact(), shared);
  }

  /**
   * A reply, or the failure that it is.
   *
   * @param counted tokens of its request, before it was sent; 0 where that is not known
   * @param isFirst whether the request was never sent before
   */
  public Reply checked(Reply reply, long counted, boolean isFirst) {
    if (!isWatched || !(reply instanceof Reply.Answered answered)) {
      return reply;
    }
    Usage usage = answered.usage();
    if (usage == null || usage.inputTokens() <= 0 || counted <= 0) {
      return reply;
    }
    long read = usage.inputTokens() + usage.cachedInputTokens() + usage.cacheWriteTokens();
    return isCut(counted, read, isFirst) ? failure(answered, counted, usage.inputTokens()) : reply;
  }

  /** Whether an answer was to a part of its request; learns from it. */
  synchronized boolean isCut(long counted, long read, boolean isFirst) {
    boolean isShort =
        counted >= LEAST_COUNTED
            && read >= LEAST_READ
            && read < TOLERANCE * leastShare(counted, read) * counted;
    boolean isCut =
        isShort
            && ((read >= most && (isContextLength(read) || isStuck(counted, read)))
                || (isFirst && isImpossible(counted, read)));
    learn(counted, read, isCut);
    return isCut;
  }

  @GuardedBy("this")
  private double leastShare(long counted, long read) {
    int size = Shares.size(counted);
    if (known.seen(size - 1) >= ENOUGH) {
      return known.least(size - 1);
    }
    if (known.seen(0) >= ENOUGH) {
      return Math.min(1, known.least(0));
    }
    if (exact && (read % 512 == 0 || read % 500 == 0)) {
      return LEAST_SHARE_IF_EXACT;
    }
    return read % 1_024 == 0 ? LEAST_SHARE_AT_LENGTH : LEAST_SHARE;
  }

  private static boolean isContextLength(long read) {
    return read % 256 == 0 || read % 100 == 0;
  }

  @GuardedBy("this")
  private boolean isStuck(long counted, long read) {
    return read == most
        && atMost.seen(0) >= (read < LEAST_COUNTED ? 4 : 2)
        && counted >= atMost.leastCounted * 1.2;
  }

  @GuardedBy("this")
  private boolean isImpossible(long counted, long read) {
    return read >= LEAST_COUNTED
        && read >= most / 2
        && read < NO_TOKENIZER * (counted - sharedTokens);
  }

  @GuardedBy("this")
  private void learn(long counted, long read, boolean isCut) {
    if (read > most) {
      most = read;
      known.add(atMost);
      atMost = new Shares();
    }
    if (!isCut) {
      (read == most ? atMost : known).add(counted, read);
    }
  }

  private static Reply.Failed failure(Reply.Answered answered, long counted, long read) {
    return new Reply.Failed(
        ErrorKind.TOO_LARGE,
        Reply.Scope.ROW,
        false,
        "The request has about "
            + counted
            + " tokens by our count, and the server says that it has read "
            + read
            + ": it left out the rest without a word, and the answer is to a part of the document."
            + " Raise the server's context length (Ollama: num_ctx or OLLAMA_CONTEXT_LENGTH), or"
            + " say how many tokens a request may have with prompt.maxTokens, and prompt.tooLong:"
            + " split or cut",
        null,
        null,
        null,
        Reply.Billing.BILLED,
        answered.usage(),
        answered.raw(),
        answered.headers());
  }
}
