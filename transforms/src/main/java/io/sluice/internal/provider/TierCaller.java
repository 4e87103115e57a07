package io.sluice.internal.provider;

import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.spi.Caller;
import io.sluice.spi.PackLimits;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Failed;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Calls in a tier that may have no room. A call that finds none is told apart from one that the
 * account's limits refuse; where the task wants it, the same request is made in the standard tier
 * when it is asked again.
 *
 * <p>What an answer does not say of the tier that served is taken for the dearer: a server that
 * does not know the tier has served as it always does. Thread-safe.
 */
final class TierCaller implements Caller {
  private final Caller tiered;
  private final Tier tier;
  private final @Nullable Caller standard;

  /** Requests that found no room and are not answered yet. */
  private final Set<String> turnedAway = ConcurrentHashMap.newKeySet();

  /**
   * @param standard what a request is asked with that has found no room; null to ask the tier again
   */
  TierCaller(Caller tiered, Tier tier, @Nullable Caller standard) {
    this.tiered = tiered;
    this.tier = tier;
    this.standard = standard;
  }

  @Override
  public Reply call(Request request) {
    String fingerprint = request.fingerprint();
    if (standard != null && turnedAway.contains(fingerprint)) {
      Reply reply = standard.call(request);
      if (!(reply instanceof Failed)) {
        turnedAway.remove(fingerprint);
      }
      return reply;
    }
    Reply reply = tiered.call(request);
    if (reply instanceof Reply.Answered answered) {
      return new Reply.Answered(
          answered.raw(),
          answered.model(),
          answered.finishReason(),
          served(answered.usage()),
          answered.headers());
    }
    Failed failed = (Failed) reply;
    boolean noRoom = isNoRoom(failed);
    if (noRoom && standard != null) {
      turnedAway.add(fingerprint);
    }
    return new Failed(
        failed.kind(),
        noRoom ? Scope.LOAD : failed.scope(),
        failed.retryable() || noRoom,
        failed.message() + (noRoom ? noRoomWords() : ""),
        failed.status(),
        failed.code(),
        failed.retryAfter(),
        failed.billing(),
        served(failed.usage()),
        failed.raw(),
        failed.headers());
  }

  /** Words by which the engine knows that it is this call's, and by which people do. */
  private String noRoomWords() {
    return "; the " + tier.word() + " tier has no room just now";
  }

  private @Nullable Usage served(@Nullable Usage usage) {
    return usage == null || usage.tier() != null
        ? usage
        : usage.at(tier == Tier.FLEX ? Tier.STANDARD : tier);
  }

  /**
   * Whether the tier was full, and nothing else was wrong: OpenAI's 429 {@code
   * resource_unavailable}, Groq's 498 {@code capacity_exceeded}, a 503 of any other.
   */
  private static boolean isNoRoom(Failed failed) {
    Integer status = failed.status();
    String code = failed.code() == null ? "" : failed.code().toLowerCase(Locale.ROOT);
    String words = failed.message().toLowerCase(Locale.ROOT);
    return status != null
        && failed.scope() != Scope.ACCOUNT
        && (status == 498
            || status == 503
            || (status == 429
                && (code.equals("resource_unavailable")
                    || code.equals("capacity_exceeded")
                    || words.contains("resource unavailable")
                    || words.contains("resource_unavailable"))));
  }

  @Override
  public PackLimits packs() {
    return tiered.packs();
  }

  @Override
  public List<Reply> callPacked(List<Request> requests) {
    return tiered.callPacked(requests);
  }

  @Override
  public void close() {
    tiered.close();
    if (standard != null) {
      standard.close();
    }
  }
}
