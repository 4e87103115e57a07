package io.sluice.internal.engine;

import io.sluice.Answer;
import io.sluice.Answer.ServedBy;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.judge.Verdict;
import io.sluice.internal.ledger.LedgerCascade.Served;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.text.Text;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** How a row ends: the answer or dead letter that it becomes. */
public final class Endings {
  private Endings() {}

  public static Finished answered(
      PreparedDocument row,
      Reply.Answered answered,
      Verdict.Fits fits,
      @Nullable BigDecimal cost,
      int sent,
      long latencyMs,
      ServedBy servedBy) {
    Usage usage = answered.usage();
    Ask.On on = on(row);
    return new Finished.Answered(
        new Answer(
            row.document(),
            fits.outputJson(),
            answered.model(),
            answered.finishReason(),
            usage == null ? Usage.NONE : usage,
            cost,
            sent,
            latencyMs,
            servedBy,
            fits.repaired(),
            on.fallback() == 0 ? null : on.provider(),
            on.fallback(),
            null,
            null));
  }

  /** What a cascade's small model has answered. */
  public static Answer served(Document document, Served served, @Nullable BigDecimal cost) {
    return new Answer(
            document, served.output(), "cascade", "stop", Usage.NONE, cost, 0, 0, ServedBy.CASCADE)
        .withCascaded(new Answer.Cascaded(served.version(), served.probability(), served.output()));
  }

  private static Ask.On on(PreparedDocument row) {
    return row.ask() == null ? Ask.On.OWN : row.ask().on();
  }

  public static Finished stored(
      PreparedDocument row, LedgerEntry stored, Verdict.Fits fits, @Nullable BigDecimal cost) {
    Ask.On on = on(row);
    return new Finished.Answered(
        new Answer(
            row.document(),
            fits.outputJson(),
            stored.model(),
            stored.finishReason(),
            stored.usage(),
            cost,
            stored.attempts(),
            stored.latencyMs(),
            ServedBy.LEDGER,
            fits.repaired(),
            on.fallback() == 0 ? null : on.provider(),
            on.fallback(),
            null,
            null));
  }

  /** The cost of a row that shares an answer with one that has paid for it. */
  public static @Nullable BigDecimal shared(@Nullable BigDecimal cost) {
    return cost == null ? null : BigDecimal.ZERO;
  }

  public static Finished dead(PreparedDocument row, Reply.Failed failed, int sent) {
    return new Finished.Dead(
        new DeadLetter(
            row.document(),
            failed.kind(),
            Text.whole(failed.message()),
            failed.status(),
            Text.wholeOrNull(failed.code()),
            failed.retryable(),
            sent,
            cut(failed.raw())));
  }

  /** A row that fails as it did in an earlier run. */
  public static Finished failedBefore(PreparedDocument row, LedgerEntry stored) {
    ErrorKind kind = stored.kind();
    return new Finished.Dead(
        new DeadLetter(
            row.document(),
            kind == null ? ErrorKind.SERVER_ERROR : kind,
            stored.message(),
            stored.status(),
            stored.code(),
            stored.retryable(),
            stored.attempts(),
            cut(stored.raw())));
  }

  /** A row whose stored answer does not fit the output as it is now. */
  public static Finished unfitBefore(
      PreparedDocument row, LedgerEntry stored, Verdict.Unfit unfit) {
    return new Finished.Dead(
        new DeadLetter(
            row.document(),
            ErrorKind.INVALID_OUTPUT,
            unfit.message(),
            null,
            null,
            false,
            stored.attempts(),
            cut(stored.raw())));
  }

  public static Finished unsent(PreparedDocument row, ErrorKind kind, String why) {
    return new Finished.Dead(DeadLetter.unsent(row.document(), kind, why));
  }

  /** A request that its account's limit can never let pass. */
  public static Finished tooLarge(PreparedDocument row, long tokens) {
    return unsent(
        row,
        ErrorKind.TOO_LARGE,
        "The request needs up to "
            + tokens
            + " tokens, more than the tokens a minute of "
            + (row.account().isEmpty() ? "the task" : "key \"" + row.account() + "\"")
            + "; shorten the document, lower max_tokens or raise quota.tokensPerMinute");
  }

  /** A request that is more than a batch may be. */
  public static Finished tooLargeForBatch(PreparedDocument row) {
    return unsent(
        row,
        ErrorKind.TOO_LARGE,
        "The request ("
            + row.request().body().length()
            + " bytes, "
            + row.request().inputTokens()
            + " tokens) is larger than a whole batch may be; shorten the document, or raise"
            + " batch.enqueuedTokens if the account's queue takes more");
  }

  /** An answer that does not fit, as the failure that it is. */
  public static Reply.Failed unfit(Reply.Answered answered, Verdict.Unfit unfit) {
    return new Reply.Failed(
        ErrorKind.INVALID_OUTPUT,
        Reply.Scope.ROW,
        false,
        unfit.message(),
        null,
        null,
        null,
        Reply.Billing.BILLED,
        answered.usage(),
        answered.raw(),
        answered.headers());
  }

  private static @Nullable String cut(@Nullable String text) {
    return text == null ? null : Text.cut(text, DeadLetter.MAX_ANSWER_CHARS);
  }
}
