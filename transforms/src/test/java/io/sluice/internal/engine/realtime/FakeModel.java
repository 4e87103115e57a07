package io.sluice.internal.engine.realtime;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.spi.Caller;
import io.sluice.spi.PackLimits;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A model that answers at once, as a test says; remembers what it was asked. */
public class FakeModel implements Caller {
  private final PackLimits packs;
  private final Function<Request, Reply> replies;
  private final List<List<Request>> calls = Collections.synchronizedList(new ArrayList<>());

  public FakeModel(PackLimits packs, Function<Request, Reply> replies) {
    this.packs = packs;
    this.replies = replies;
  }

  public FakeModel(Function<Request, Reply> replies) {
    this(PackLimits.ONE, replies);
  }

  @Override
  public Reply call(Request request) {
    calls.add(List.of(request));
    return replies.apply(request);
  }

  @Override
  public PackLimits packs() {
    return packs;
  }

  /** As providers do: one bad request fails the call for all. */
  @Override
  public List<Reply> callPacked(List<Request> requests) {
    calls.add(List.copyOf(requests));
    List<Reply> each = requests.stream().map(replies).toList();
    for (Reply reply : each) {
      if (reply instanceof Reply.Failed) {
        return Collections.nCopies(requests.size(), reply);
      }
    }
    return each;
  }

  public List<List<Request>> calls() {
    synchronized (calls) {
      return List.copyOf(calls);
    }
  }

  @Override
  public void close() {}

  public static Reply answer(String text) {
    return new Reply.Answered(text, "fake", "stop", new Usage(10, 0, 5), RateHeaders.NONE);
  }

  private static @Nullable Integer status(ErrorKind kind) {
    return switch (kind) {
      case RATE_LIMITED -> 429;
      case SERVER_ERROR -> 500;
      case TIMEOUT, TRANSPORT -> null;
      case ACCOUNT -> 401;
      default -> 400;
    };
  }

  /** A 400, for good, with the provider's words. */
  public static Reply.Failed refused(String message) {
    return new Reply.Failed(
        ErrorKind.BAD_REQUEST,
        Reply.Scope.ROW,
        false,
        message,
        400,
        null,
        null,
        Reply.Billing.NOT_BILLED,
        null,
        null,
        RateHeaders.NONE);
  }

  public static Reply.Failed failure(
      ErrorKind kind, Reply.Scope scope, boolean retryable, @Nullable Duration retryAfter) {
    return new Reply.Failed(
        kind,
        scope,
        retryable,
        "the fake model says " + kind,
        status(kind),
        null,
        retryAfter,
        Reply.Billing.NOT_BILLED,
        null,
        null,
        RateHeaders.NONE);
  }
}
