package io.sluice.internal.evidence;

/**
 * What is to be done about a call that failed.
 *
 * @param scope whose failure it is, as far as is known now
 * @param then what becomes of its document
 * @param waitNanos before it is asked again
 * @param pauseUntil the account sends nothing before, and its buckets are empty then; 0 for no
 *     pause
 * @param ofRate whether the account's limit is what was met: the limiter may learn from it
 */
public record Conclusion(Scope scope, Then then, long waitNanos, long pauseUntil, boolean ofRate) {
  /** What becomes of the document. */
  public enum Then {
    /** It is asked again; whether that was an attempt is counted ({@link Asked}). */
    AGAIN,
    /** It waits until another call tells whose failure it is: see {@link Evidence#takeReleased}. */
    HELD,
    /** It is a dead letter. */
    DEAD
  }

  static Conclusion of(Scope scope, Then then, long waitNanos) {
    return new Conclusion(scope, then, waitNanos, 0, false);
  }

  static Conclusion again(Scope scope, long waitNanos) {
    return of(scope, Then.AGAIN, waitNanos);
  }
}
