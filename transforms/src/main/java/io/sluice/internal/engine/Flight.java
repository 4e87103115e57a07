package io.sluice.internal.engine;

import io.sluice.internal.engine.prefix.Prefix;
import io.sluice.internal.engine.prefix.PrefixTerms;
import io.sluice.internal.evidence.Asked;
import io.sluice.internal.evidence.Signature;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.Ask.Follows;
import io.sluice.spi.PrefixCache.Keep;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One distinct request on its way to an answer, with every row that waits for it: identical
 * requests are asked once. Guarded by the engine's lock, except for what a single call's thread
 * alone reads between start and end.
 */
public final class Flight {
  public final Request request;
  public final List<PreparedDocument> rows = new ArrayList<>(1);

  /** Which of the task's questions it is. */
  public final int step;

  /** What its rows' plan asks after endings that are no answer. */
  public final Follows follows;

  /** Requests sent for its rows, rate-limited ones included. */
  public int sent;

  /** How often it was asked, and with what success. */
  public final Asked asked;

  /** Empty answers received. */
  public int empty;

  /** Answers that broke off or could not be read, and may have been paid for. */
  public int unread;

  /** How often in a row its call ended with its connection alone. */
  public int unheard;

  /** Epoch nanos before which it may not be sent again. */
  public long notBefore;

  /** With how many it may share a call at most: fewer after a call failed for one of them. */
  public int maxPack = Integer.MAX_VALUE;

  /** The beginning that it shares; null for none, and before it was looked for. */
  public @Nullable Prefix prefix;

  private boolean prefixIsKnown;

  /** For how long its beginning is to be kept; as it is written unless that was decided. */
  public Keep keep = Keep.MINUTES;

  /** The beginning that it shares, noted where it is new. */
  public @Nullable Prefix prefixBy(PrefixTerms terms, Map<String, Prefix> book) {
    if (!prefixIsKnown) {
      prefixIsKnown = true;
      prefix = terms.of(request, book);
    }
    return prefix;
  }

  public Flight(Request request) {
    this(request, null, null);
  }

  /**
   * @param ask what a plan asks with it; null for none
   * @param before why it was given up in an earlier run; null where it was not
   */
  public Flight(Request request, @Nullable Ask ask, @Nullable Signature before) {
    this.request = request;
    this.step = ask == null ? 0 : ask.step();
    this.follows = ask == null ? Follows.NOTHING : ask.follows();
    this.asked = new Asked(ask == null ? 0 : ask.attempts(), before);
    this.sent = ask == null ? 0 : ask.sent();
  }
}
