package io.sluice.internal.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Document;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.text.ExactJson;
import io.sluice.spi.Request;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A document with the request that asks about it.
 *
 * @param account the quota key that the call counts against, never null: {@code ""} is the task's
 *     only account
 * @param ask what a plan asks with the request; null where no plan goes on after it, and in Beam's
 *     state, where a row begins anew: what it was asked before is in the ledger
 */
public record PreparedDocument(
    Document document, Request request, String account, @Nullable Ask ask) implements Serializable {

  /** A row as it comes, before any plan. */
  public PreparedDocument(Document document, Request request, String account) {
    this(document, request, account, null);
  }

  /** The same row, with what is asked now. */
  public PreparedDocument asking(Ask next) {
    return new PreparedDocument(document, next.request(), account, next);
  }

  /** Whether it is a new row, not one of which something was asked before. */
  public boolean isNew() {
    return ask == null || !ask.isFollowUp() && !ask.isAnew();
  }

  /** The document's fields. */
  public ObjectNode fields() {
    try {
      return (ObjectNode) ExactJson.read(document.json());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A document that was prepared is JSON", e);
    }
  }

  /** The memory that it takes while it waits, about. */
  public long heldBytes() {
    return 500L + document.json().length() + request.body().length();
  }
}
