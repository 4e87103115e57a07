package io.sluice.internal.cascade;

import io.sluice.internal.cascade.learning.Features;
import io.sluice.internal.cascade.learning.SmallModel.Guess;
import org.jspecify.annotations.Nullable;

/**
 * A row on its way through a cascade. Guarded by its owner.
 *
 * @param <T> what it is to the owner
 */
public final class Item<T> {
  /** What becomes of it. */
  enum Fate {
    /** That is not decided. */
    OPEN,
    /** The task's model is asked. */
    ASKED,
    /** The small model answers. */
    SERVED
  }

  final T content;
  final String fingerprint;
  final String account;
  final long bytes;

  /** Whether it was answered in an earlier run. */
  final boolean isKnown;

  /** The pool that it is in, or was in last; 0 for none. */
  int epoch;

  /** In that pool. */
  double draw;

  boolean isSampled;

  /** Whether a pool has counted it among the rows of which a share may be wrong. */
  boolean isCredited;

  Fate fate = Fate.OPEN;
  @Nullable Features features;
  @Nullable Guess guess;

  /** Whether the task's model has answered, or never will. */
  boolean isHeard;

  /** What it said. */
  @Nullable String output;

  /** What the small model says, as JSON, and which one. */
  String says = "";

  String version = "";

  /** Where it is audited. */
  @Nullable Lot<T> audit;

  Item(T content, String fingerprint, String account, long bytes, boolean isKnown) {
    this.content = content;
    this.fingerprint = fingerprint;
    this.account = account;
    this.bytes = bytes;
    this.isKnown = isKnown;
  }

  public T content() {
    return content;
  }

  public String fingerprint() {
    return fingerprint;
  }

  /** The quota key that its question counts against. */
  public String account() {
    return account;
  }

  /** What the small model says, as JSON; empty where it was not asked. */
  public String says() {
    return says;
  }

  /** Which small model says so. */
  public String version() {
    return version;
  }

  /** What that takes for its probability. */
  public float probability() {
    return guess == null ? 0 : guess.probability();
  }

  /** Whether both were asked on purpose. */
  public boolean isAudited() {
    return audit != null;
  }
}
