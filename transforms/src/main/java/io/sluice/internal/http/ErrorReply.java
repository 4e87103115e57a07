package io.sluice.internal.http;

import io.sluice.Usage;
import io.sluice.spi.RateHeaders;
import java.time.Duration;
import org.apache.hc.core5.http.MessageHeaders;
import org.jspecify.annotations.Nullable;

/**
 * An error as a server answered it.
 *
 * @param what the request, for messages
 * @param text what the server said; may be empty
 * @param code the server's name for it; empty where it has none
 * @param isOfApi whether the body was an error of the API, not of something in front of it
 * @param usage what the error says was used all the same; null where it says nothing
 * @param hint how long it asks to wait; null where it does not say
 * @param said what the model said all the same; null where it did not
 */
public record ErrorReply(
    int status,
    MessageHeaders headers,
    String what,
    String text,
    String code,
    boolean isOfApi,
    @Nullable Usage usage,
    @Nullable Duration hint,
    RateHeaders rates,
    @Nullable String said) {

  /** Of an API whose errors tell neither usage nor limits. */
  public static ErrorReply of(
      int status, MessageHeaders headers, String what, String text, String code) {
    return new ErrorReply(
        status, headers, what, text, code, true, null, null, RateHeaders.NONE, null);
  }

  public ErrorReply withHint(@Nullable Duration wait) {
    return new ErrorReply(status, headers, what, text, code, isOfApi, usage, wait, rates, said);
  }
}
