package io.sluice.internal.ledger;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** What became of a provider's batch; {@link LedgerBatches} says what follows from each. */
public sealed interface BatchEvent {

  /**
   * It is about to be created.
   *
   * @param tokens of input, all requests together
   */
  record Intended(int requests, long tokens) implements BatchEvent {}

  /**
   * The provider has it.
   *
   * @param id the provider's name for it
   */
  record Created(String id, int requests) implements BatchEvent {}

  /** The job has cancelled it, to ask the rest in real time. */
  record Recalled() implements BatchEvent {}

  /**
   * How the provider says it is.
   *
   * @param state the provider's word
   * @param id empty where the line has none
   * @param done requests with an answer; null where the line says nothing of them
   * @param failed likewise
   */
  record Seen(String state, String id, @Nullable Long done, @Nullable Long failed)
      implements BatchEvent {}

  /** Every answer is in the ledger that there is; the rest may have cost so much, or nothing. */
  record Closed(String why, @Nullable BigDecimal worstUsd) implements BatchEvent {}
}
