package io.sluice.internal.evidence;

/**
 * What a failure looks like by its status and words alone: where to begin, and no more. What the
 * other calls do decides.
 */
public enum Prior {
  /** No room for this call just now: a flexible tier, an engine that is busy, shared capacity. */
  CALL,
  /** The tier that the call asks for has no room, whatever the account may send. */
  TIER,
  /** Too many requests or tokens a minute: a 429 that says nothing else. */
  RATE,
  /** Too many at once: 503, 529, a gateway's or our own time-out. */
  LOAD,
  /** The server or the way to it broke: 500, 502, no connection, an answer that is no answer. */
  SERVER,
  /** The request is refused for what is in it: 400, 413, 422. */
  DOCUMENT,
  /** The key, its credit, the model or the address: 401, 402, {@code insufficient_quota}. */
  ACCOUNT;

  /** Whether the same request may succeed later, so that it is asked again. */
  boolean passes() {
    return this != DOCUMENT && this != ACCOUNT;
  }

  /** Whether it was turned away before it was worked on: that costs no attempt. */
  public boolean refuses() {
    return this == CALL || this == TIER || this == RATE || this == LOAD;
  }

  /** Whether it may tell how much the account may send: that is tried out. */
  public boolean isOfCapacity() {
    return passes() && this != TIER;
  }

  /** Whether it looks like a refusal for the rate, and not like an overload. */
  boolean isOfRate() {
    return this == RATE || this == CALL;
  }
}
