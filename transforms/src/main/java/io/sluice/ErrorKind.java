package io.sluice;

import java.util.Locale;

/** Why a document got no usable answer. The names in the outputs are {@link #code()}. */
public enum ErrorKind {
  /** The row could not be read as a document. */
  BAD_INPUT,
  /** The prompt could not be rendered from the document's fields. */
  BAD_PROMPT,
  /** The request exceeds the model's context, the provider's size limit or the quota itself. */
  TOO_LARGE,
  /** The provider refused the request as invalid. */
  BAD_REQUEST,
  /** The provider's filter stopped the prompt or the answer. */
  CONTENT_FILTER,
  /** The model declined to answer. */
  REFUSAL,
  /** The answer was cut at the output limit. */
  TRUNCATED,
  /** The model answered, but not what the task's output type allows. */
  INVALID_OUTPUT,
  /** The provider kept answering 429. */
  RATE_LIMITED,
  /** The provider kept failing (5xx, 529, unreadable answers). */
  SERVER_ERROR,
  /** No answer within {@code retry.timeout}. */
  TIMEOUT,
  /** The connection could not be made or broke. */
  TRANSPORT,
  /** A provider batch expired before the document was processed. */
  EXPIRED,
  /** Not sent: the budget was reached. Still to do. */
  BUDGET,
  /** Not sent: the account failed (bad key, no credit, unknown model). Still to do. */
  ACCOUNT;

  /** The name in outputs: lower case, words joined by underscores. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** True where nothing is wrong with the document: the same command asks it again. */
  public boolean isStillToDo() {
    return this == BUDGET || this == ACCOUNT;
  }

  /** The reverse of {@link #code()}. */
  public static ErrorKind ofCode(String code) {
    return valueOf(code.toUpperCase(Locale.ROOT));
  }
}
