package io.sluice.internal.engine;

import io.sluice.Document;
import io.sluice.spi.Request;
import java.io.Serializable;

/**
 * A document with the request that asks about it.
 *
 * @param account the quota key that the call counts against, never null: {@code ""} is the task's
 *     only account
 */
public record PreparedDocument(Document document, Request request, String account)
    implements Serializable {

  /** The memory that it takes while it waits, about. */
  public long heldBytes() {
    return 500L + document.json().length() + request.body().length();
  }
}
