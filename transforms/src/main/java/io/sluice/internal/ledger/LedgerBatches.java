package io.sluice.internal.ledger;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
 *   <li>{@code closed} ({@code why}): every answer is in the ledger. Requests without an end were
 *       not answered and not billed.
 * </ul>
 *
 * Only batches that are not closed are kept. Not thread-safe.
 */
public final class LedgerBatches {
  /** The field of calls and ends that names their batch. */
  static final String BATCH = "batch";

  public static final String INTENDED = "intended";
  public static final String CREATED = "created";
  public static final String RECALLED = "recalled";
  public static final String CLOSED = "closed";

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
  public void add(ObjectNode record) {
    String intent = record.path(BATCH).asText();
    if (intent.isEmpty() || closed.contains(intent)) {
      return;
    }
    String fingerprint = record.path("fp").asText();
    switch (record.path("t").asText()) {
      case "call" -> {
        if (!earlyEnds.getOrDefault(intent, Set.of()).contains(fingerprint)) {
          of(intent).pending.put(fingerprint, usd(record));
        }
      }
      case "end" -> {
        if (of(intent).pending.remove(fingerprint) == null) {
          earlyEnds.computeIfAbsent(intent, name -> new HashSet<>()).add(fingerprint);
        }
      }
      case "batch" -> batch(of(intent), record);
      default -> {}
    }
  }

  private Batch of(String intent) {
    return batches.computeIfAbsent(intent, Batch::new);
  }

  private void batch(Batch batch, ObjectNode record) {
    String state = record.path("state").asText();
    batch.key = record.path("key").asText();
    batch.id = record.path("id").asText(batch.id);
    batch.state = state;
    switch (state) {
      case INTENDED -> {
        batch.intendedAt = Instant.ofEpochMilli(record.path("at").asLong());
        batch.requests = record.path("requests").asInt();
        batch.inputTokens = record.path("tokens").asLong();
      }
      case RECALLED -> batch.recalled = true;
      case CLOSED -> {
        batches.remove(batch.intent);
        earlyEnds.remove(batch.intent);
        closed.add(batch.intent);
      }
      default -> {
        batch.done = record.path("done").asLong(batch.done);
        batch.failed = record.path("failed").asLong(batch.failed);
      }
    }
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

  /** What the open batches may cost at most. */
  public BigDecimal openUsd() {
    return open().stream()
        .flatMap(batch -> batch.pending.values().stream())
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static BigDecimal usd(ObjectNode record) {
    return record.has("usd") ? new BigDecimal(record.path("usd").asText()) : BigDecimal.ZERO;
  }

  /** How many requests a record says were sent, in a batch; 0 for other records. */
  public static int createdRequests(ObjectNode record) {
    return record.path("t").asText().equals("batch")
            && record.path("state").asText().equals(CREATED)
        ? record.path("requests").asInt()
        : 0;
  }

  /** The batch that a record is about or a part of; null for none. */
  public static @Nullable String batchOf(ObjectNode record) {
    return record.has(BATCH) ? record.path(BATCH).asText() : null;
  }
}
