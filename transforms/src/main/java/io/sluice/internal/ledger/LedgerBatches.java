package io.sluice.internal.ledger;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The providers' batches that a ledger speaks of. A batch's life is in records {@code
 * {"t":"batch","batch":INTENT,"state":…}}:
 *
 * <ul>
 *   <li>its requests are noted as calls first;
 *   <li>{@code intended} ({@code requests}, {@code tokens} of input), before the provider hears of
 *       it: from here on it may exist there. Requests of a batch that was never intended were never
 *       sent;
 *   <li>{@code created} ({@code id}, {@code requests}), the provider's name for it;
 *   <li>{@code recalled}: the job has cancelled it, to ask the rest in real time;
 *   <li>any other state is the provider's own word, with {@code done}, {@code failed} and {@code
 *       total};
 *   <li>{@code closed} ({@code why}, {@code usd}): every answer is in the ledger that there is.
 *       Requests without an end were not billed, or with {@code usd} at most so much.
 * </ul>
 *
 * Only batches that are not closed are kept. Not thread-safe.
 */
public final class LedgerBatches {
  static final String INTENDED = "intended";
  static final String CREATED = "created";
  static final String RECALLED = "recalled";
  static final String CLOSED = "closed";

  /** A batch that may be at work. */
  public static final class Batch {
    private final String intent;
    private final Map<String, BigDecimal> pending = new LinkedHashMap<>();
    private String key = "";
    private String id = "";
    private String state = "";
    private Instant intendedAt = Instant.EPOCH;
    private int requests;
    private long inputTokens;
    private boolean recalled;
    private long done;
    private long failed;

    private Batch(String intent) {
      this.intent = intent;
    }

    public String intent() {
      return intent;
    }

    /** The account. */
    public String key() {
      return key;
    }

    /** The provider's name for it; empty while it is not known whether there is one. */
    public String id() {
      return id;
    }

    /** The last state that was noted. */
    public String state() {
      return state;
    }

    public Instant intendedAt() {
      return intendedAt;
    }

    /** How many requests it was made of. */
    public int requests() {
      return requests;
    }

    /** Of all its requests, as counted before sending. */
    public long inputTokens() {
      return inputTokens;
    }

    /** Whether the job itself has cancelled it. */
    public boolean recalled() {
      return recalled;
    }

    /** Requests that the provider has answered, as far as it said. */
    public long done() {
      return done;
    }

    /** Requests that failed, as far as the provider said. */
    public long failed() {
      return failed;
    }

    /** Fingerprints without an end, in the batch's order, with their worst case in USD. */
    public Map<String, BigDecimal> pending() {
      return new LinkedHashMap<>(pending);
    }
  }

  private final Map<String, Batch> batches = new LinkedHashMap<>();

  /** Runs may be read in another order than they ran in. */
  private final Set<String> closed = new HashSet<>();

  private final Map<String, Set<String>> earlyEnds = new LinkedHashMap<>();

  /** Takes one record; those without a batch are ignored. */
  public void add(LedgerRecord record) {
    if (record instanceof LedgerRecord.Begun begun) {
      String intent = begun.call().batch();
      if (intent != null && !closed.contains(intent)) {
        String fingerprint = begun.call().fingerprint();
        if (!earlyEnds.getOrDefault(intent, Set.of()).contains(fingerprint)) {
          of(intent).pending.put(fingerprint, begun.worst());
        }
      }
    } else if (record instanceof LedgerRecord.Ended ended) {
      String intent = ended.call().batch();
      if (intent != null && !closed.contains(intent)) {
        String fingerprint = ended.call().fingerprint();
        if (of(intent).pending.remove(fingerprint) == null) {
          earlyEnds.computeIfAbsent(intent, name -> new HashSet<>()).add(fingerprint);
        }
      }
    } else if (record instanceof LedgerRecord.Batch noted && !closed.contains(noted.intent())) {
      note(of(noted.intent()), noted);
    }
  }

  private Batch of(String intent) {
    return batches.computeIfAbsent(intent, Batch::new);
  }

  private void note(Batch batch, LedgerRecord.Batch noted) {
    BatchEvent event = noted.event();
    batch.key = noted.key();
    batch.state = state(event);
    if (event instanceof BatchEvent.Intended intended) {
      batch.intendedAt = Instant.ofEpochMilli(noted.at());
      batch.requests = intended.requests();
      batch.inputTokens = intended.tokens();
    } else if (event instanceof BatchEvent.Created created) {
      batch.id = created.id().isEmpty() ? batch.id : created.id();
    } else if (event instanceof BatchEvent.Recalled) {
      batch.recalled = true;
    } else if (event instanceof BatchEvent.Seen seen) {
      batch.id = seen.id().isEmpty() ? batch.id : seen.id();
      batch.done = seen.done() == null ? batch.done : seen.done();
      batch.failed = seen.failed() == null ? batch.failed : seen.failed();
    } else {
      batches.remove(batch.intent);
      earlyEnds.remove(batch.intent);
      closed.add(batch.intent);
    }
  }

  /** The word for what became of a batch. */
  static String state(BatchEvent event) {
    if (event instanceof BatchEvent.Seen seen) {
      return seen.state();
    }
    return event instanceof BatchEvent.Intended
        ? INTENDED
        : event instanceof BatchEvent.Created
            ? CREATED
            : event instanceof BatchEvent.Recalled ? RECALLED : CLOSED;
  }

  /** Whoever was about to intend a batch is gone. */
  void endOfSegments() {
    batches.values().removeIf(batch -> batch.requests == 0);
    earlyEnds.clear();
  }

  /** Batches that were intended and not closed, in the order of their first requests. */
  public List<Batch> open() {
    List<Batch> open = new ArrayList<>(batches.values());
    open.removeIf(batch -> batch.requests == 0);
    return open;
  }

  /** How many requests a record says were sent, in a batch. */
  public static int createdRequests(LedgerRecord.Batch noted) {
    return noted.event() instanceof BatchEvent.Created created ? created.requests() : 0;
  }
}
