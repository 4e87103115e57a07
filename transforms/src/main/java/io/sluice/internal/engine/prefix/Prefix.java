package io.sluice.internal.engine.prefix;

import io.sluice.spi.PrefixCache.Keep;

/** A beginning that requests of one account share. Guarded by the engine's lock. */
public final class Prefix {
  private static final int MAX_TRIES = 3;

  /** As counted before sending. */
  public final long tokens;

  /** How many requests have had it. */
  public long seen;

  /** For how long it was asked to be kept last. */
  public Keep keep = Keep.NOT;

  /** Epoch nanos until which what is sent now will find it kept. */
  public long warmUntil;

  private int failures;
  private boolean ignored;

  Prefix(long tokens) {
    this.tokens = tokens;
  }

  /** The provider has written it, or read it. */
  public void kept(long until) {
    warmUntil = Math.max(warmUntil, until);
    failures = 0;
  }

  /** The request that went ahead was answered, and nothing was kept: it is below the minimum. */
  public void ignored() {
    ignored = true;
  }

  /** The request that went ahead got no answer. */
  public void failed() {
    failures++;
  }

  boolean isHopeless() {
    return ignored || failures >= MAX_TRIES;
  }
}
