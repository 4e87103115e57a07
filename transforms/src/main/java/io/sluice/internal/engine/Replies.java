package io.sluice.internal.engine;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes what a provider brought back safe to count and to keep. Between a reply and its record
 * nothing may throw: a call that was paid for would be lost, and made again by every run. What a
 * provider's code throws is the failure of its call; numbers that cannot be so are unknown, and
 * what is unknown counts at its worst.
 */
public final class Replies {
  /** No call takes more: twice the largest context that a model is sold with, of 10 million. */
  private static final long MOST_TOKENS = 20_000_000L;

  /** Who asks for more asks for nothing: the request is tried by then. */
  private static final Duration LONGEST_WAIT = Duration.ofDays(31);

  private Replies() {}

  /**
   * Makes a call.
   *
   * @param requests how many replies it must bring
   */
  public static List<Reply> of(int requests, Supplier<List<Reply>> call) {
    String problem;
    try {
      List<Reply> replies = call.get();
      if (replies.size() == requests) {
        List<Reply> bounded = new ArrayList<>(requests);
        replies.forEach(reply -> bounded.add(bounded(reply)));
        return bounded;
      }
      problem = "brought " + replies.size() + " replies to " + requests + " requests";
    } catch (RuntimeException | StackOverflowError e) {
      String message = e.getMessage();
      problem =
          "could not be made or read: "
              + e.getClass().getSimpleName()
              + (message == null ? "" : ": " + message);
    }
    return Collections.nCopies(requests, broken("The call " + problem));
  }

  /** A reply with numbers that can be so. */
  public static Reply bounded(Reply reply) {
    if (reply instanceof Reply.Answered answered) {
      return isSound(answered.usage())
          ? answered
          : new Reply.Answered(
              answered.raw(), answered.model(), answered.finishReason(), null, answered.headers());
    }
    Reply.Failed failed = (Reply.Failed) reply;
    Duration wait = failed.retryAfter();
    boolean waits = wait == null || (!wait.isNegative() && wait.compareTo(LONGEST_WAIT) <= 0);
    if (waits && isSound(failed.usage())) {
      return failed;
    }
    return new Reply.Failed(
        failed.kind(),
        failed.scope(),
        failed.retryable(),
        failed.message(),
        failed.status(),
        failed.code(),
        waits ? wait : wait != null && wait.isNegative() ? Duration.ZERO : LONGEST_WAIT,
        failed.billing(),
        isSound(failed.usage()) ? failed.usage() : null,
        failed.raw(),
        failed.headers());
  }

  /**
   * A reply with the name of its model: where a server says none, it is the one that was asked.
   *
   * @param asked as the task names it
   */
  public static Reply named(Reply reply, String asked) {
    return reply instanceof Reply.Answered answered && answered.model().isBlank()
        ? new Reply.Answered(
            answered.raw(), asked, answered.finishReason(), answered.usage(), answered.headers())
        : reply;
  }

  private static boolean isSound(@Nullable Usage usage) {
    return usage == null
        || (isSound(usage.inputTokens())
            && isSound(usage.outputTokens())
            && isSound(usage.cachedInputTokens())
            && isSound(usage.cacheWriteTokens())
            && usage.cachedInputTokens() + usage.cacheWriteTokens() <= usage.inputTokens());
  }

  private static boolean isSound(long tokens) {
    return tokens >= 0 && tokens <= MOST_TOKENS;
  }

  private static Reply.Failed broken(String message) {
    return new Reply.Failed(
        ErrorKind.SERVER_ERROR,
        Reply.Scope.ROW,
        true,
        message,
        null,
        null,
        null,
        Reply.Billing.UNKNOWN,
        null,
        null,
        RateHeaders.NONE);
  }
}
