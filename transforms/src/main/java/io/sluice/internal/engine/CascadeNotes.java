package io.sluice.internal.engine;

import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerCascade;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A cascade's view of the ledger; without one, nothing is kept. Thread-safe. */
public final class CascadeNotes {
  private final @Nullable Ledger ledger;

  CascadeNotes(@Nullable Ledger ledger) {
    this.ledger = ledger;
  }

  /** Whether a request has ended before, in whatever way. */
  public boolean knows(String fingerprint) {
    return ledger != null && ledger.knows(fingerprint);
  }

  /** What a small model has said to a request, also where that is audited; null for none. */
  public LedgerCascade.@Nullable Served findServed(String fingerprint) {
    return ledger == null ? null : ledger.findServed(fingerprint);
  }

  /** What the job's cascade has come to in earlier runs. */
  public LedgerCascade.State state() {
    return ledger == null ? LedgerCascade.State.NONE : ledger.cascade();
  }

  /** Notes something of the cascade. */
  public void note(String kind, String body) {
    if (ledger != null) {
      ledger.note(kind, body);
    }
  }

  /** Notes rows that one small model has answered, by fingerprint. */
  public void serve(String version, Map<String, LedgerCascade.Served> answers) {
    if (ledger != null) {
      ledger.serve(version, answers);
    }
  }

  /** Notes what a small model says of a row that the task's model has answered. */
  public void audit(String fingerprint, LedgerCascade.Served says) {
    note(LedgerCascade.AUDITED, LedgerCascade.served(says.version(), Map.of(fingerprint, says)));
  }
}
