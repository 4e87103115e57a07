package io.sluice.internal.http.net;

import org.jspecify.annotations.Nullable;

/** What is known of a request on its way, for whoever must tell what its end means. */
final class Trace {
  /** An idle connection that was closed is told within the time of a packet, not of an answer. */
  private static final long AT_ONCE_NANOS = 5_000_000_000L;

  private final boolean mustBeFresh;
  private final long begun = System.nanoTime();
  private @Nullable OwnConnection connection;
  private boolean reused;
  private boolean followed;
  private boolean isLast;
  private boolean sent;
  private long before;
  private long after = -1;

  Trace(boolean mustBeFresh) {
    this.mustBeFresh = mustBeFresh;
  }

  boolean mustBeFresh() {
    return mustBeFresh;
  }

  void on(OwnConnection own, boolean used, long received) {
    connection = own;
    reused = used;
    before = received;
  }

  /** Whether its connection has carried another before. */
  boolean isOnUsed() {
    return reused;
  }

  /** The whole request is on its way. */
  void sent() {
    sent = true;
  }

  /** Whether the server may have read the whole request. */
  boolean isSent() {
    return sent;
  }

  /** Its answer says that nothing more is sent on its connection. */
  void last() {
    isLast = true;
  }

  boolean isLast() {
    return isLast;
  }

  /** Another answer lies behind this one. */
  void followed() {
    followed = true;
  }

  /** Whether the answer may be another request's: one that is too many has shifted the others. */
  boolean isDoubtful() {
    return followed && reused;
  }

  /** Whether a kept connection broke before it brought one byte, as one does that was closed. */
  boolean wasClosedBefore() {
    OwnConnection own = connection;
    return own != null
        && reused
        && own.received() == before
        && after < 0
        && System.nanoTime() - begun < AT_ONCE_NANOS;
  }

  void answered() {
    after = System.nanoTime();
  }
}
