package io.sluice.spi;

/** A control call (upload, create, poll, list …) that got no usable answer. */
public final class CallFailedException extends Exception {
  private static final long serialVersionUID = 1;

  // Exceptions are serializable by inheritance only: none of these is ever sent anywhere.
  private final transient Reply.Failed failure;

  public CallFailedException(Reply.Failed failure) {
    super(failure.message());
    this.failure = failure;
  }

  /** What failed, classified like any call to a model; {@code ROW} means this call alone. */
  public Reply.Failed failure() {
    return failure;
  }

  /**
   * Whether the provider may have done what was asked all the same: the request was sent, and
   * nothing that was answered says that it was refused.
   */
  public boolean mayHaveHappened() {
    Integer status = failure.status();
    return failure.billing() == Reply.Billing.UNKNOWN || (status != null && status >= 500);
  }
}
