package io.sluice.internal.engine.realtime;

import io.sluice.ErrorKind;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.ledger.Ledger;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What a request got from its call, judged and settled.
 *
 * @param entry the call in the ledger, which has no end there yet; null where no ledger is kept
 * @param cost null where the price is unknown, or nothing was billed
 */
record CallEnd(
    Flight flight,
    Outcome outcome,
    Ledger.@Nullable Call entry,
    @Nullable BigDecimal cost,
    long latencyMs) {

  Decided then(Next next) {
    return new Decided(this, next);
  }

  /**
   * What becomes of it where its failure is nobody's but its document's, for others are answered. A
   * refusal that blamed the account, by words that may be the document's or by a filter in front of
   * the API, is not the account's then; a key or a credit that comes and goes still is.
   */
  Decided refused() {
    Reply.Failed failed = outcome.failed();
    Integer status = failed.status();
    boolean isOfRequest =
        status != null && (ErrorVerdict.isInFrontOfApi(status) || ErrorVerdict.isOfRequest(status));
    if (failed.kind() != ErrorKind.ACCOUNT || !isOfRequest) {
      return then(Next.REFUSE);
    }
    Reply.Failed own =
        failed.judged(
            ErrorKind.BAD_REQUEST,
            Reply.Scope.ROW,
            false,
            failed.message() + "; but others were answered");
    return new CallEnd(flight, new Outcome.NoAnswer(own), entry, cost, latencyMs).then(Next.REFUSE);
  }

  /** What becomes of the request after it. */
  record Decided(CallEnd end, Next next) {}
}
