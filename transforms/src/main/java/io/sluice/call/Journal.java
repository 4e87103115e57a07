package io.sluice.call;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.ledger.Ledger;
import io.sluice.ledger.LedgerEntry;
import io.sluice.provider.Reply;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The engine's view of the ledger; without one, nothing is kept. Thread-safe. */
final class Journal implements AutoCloseable {
  private final @Nullable Ledger ledger;
  private final boolean keepsFailures;

  Journal(@Nullable Ledger ledger, boolean keepsFailures) {
    this.ledger = ledger;
    this.keepsFailures = keepsFailures;
  }

  static Journal open(ModelTask task, CallSettings settings, int shard) {
    String directory = settings.ledger();
    if (directory == null) {
      return new Journal(null, false);
    }
    int shards = settings.shards();
    return new Journal(
        Ledger.open(
            new Ledger.Options(
                directory,
                task.name(),
                settings.run(),
                partition -> Math.floorMod(partition, shards) == shard,
                InstantSource.system())),
        settings.keepFailures());
  }

  boolean keepsFailures() {
    return keepsFailures;
  }

  @Nullable LedgerEntry find(String fingerprint) {
    return ledger == null ? null : ledger.find(fingerprint);
  }

  boolean claimCost(String fingerprint) {
    return ledger == null || ledger.claimCost(fingerprint);
  }

  long lastCallMillis(String account) {
    return ledger == null ? 0 : ledger.lastCallMillis(account);
  }

  /** What earlier runs spent, calls of unknown outcome at their worst. */
  BigDecimal spentUsd() {
    return ledger == null
        ? BigDecimal.ZERO
        : ledger.totals().spentUsd().add(ledger.totals().abandonedUsd());
  }

  /** Notes a call that is about to be sent; one entry for each of its requests. */
  List<Ledger.@Nullable Call> begin(Departure departure) {
    List<Ledger.@Nullable Call> entries = new ArrayList<>(departure.flights().size());
    String account = departure.lane().account;
    for (int i = 0; i < departure.flights().size(); i++) {
      String fingerprint = departure.flights().get(i).request.fingerprint();
      BigDecimal worst = departure.holds().get(i).usd();
      entries.add(ledger == null ? null : ledger.begin(account, fingerprint, worst, i > 0));
    }
    return entries;
  }

  void answered(
      Ledger.@Nullable Call call,
      Reply.Answered answered,
      @Nullable BigDecimal cost,
      int attempts,
      long latencyMs) {
    if (ledger != null && call != null) {
      Usage usage = answered.usage();
      ledger.end(
          call,
          new LedgerEntry(
              LedgerEntry.Outcome.ANSWER,
              answered.raw(),
              answered.model(),
              answered.finishReason(),
              usage == null ? Usage.NONE : usage,
              cost,
              attempts,
              latencyMs,
              null,
              "",
              null,
              null,
              false,
              "billed"));
    }
  }

  void failed(
      Ledger.@Nullable Call call,
      Reply.Failed failed,
      @Nullable BigDecimal cost,
      int attempts,
      long latencyMs,
      boolean willRetry) {
    if (ledger != null && call != null) {
      Usage usage = failed.usage();
      ledger.end(
          call,
          new LedgerEntry(
              willRetry ? LedgerEntry.Outcome.RETRY : LedgerEntry.Outcome.FAILURE,
              failed.raw(),
              "",
              "",
              usage == null ? Usage.NONE : usage,
              cost,
              attempts,
              latencyMs,
              failed.kind(),
              failed.message(),
              failed.status(),
              failed.code(),
              failed.retryable(),
              failed.billing().name().toLowerCase(Locale.ROOT)));
    }
  }

  void beat(EngineCounts counts, Map<String, Long> waitedMillis) {
    if (ledger != null) {
      ObjectNode fields = JsonNodeFactory.instance.objectNode();
      fields
          .put("seen", counts.seen)
          .put("answered", counts.answered)
          .put("dead", counts.dead)
          .put("servedFromLedger", counts.servedFromLedger)
          .put("sent", counts.sent)
          .put("succeeded", counts.succeeded)
          .put("failed", counts.failed)
          .put("retried", counts.retried)
          .put("rateLimited", counts.rateLimited)
          .put("inFlight", counts.inFlight)
          .put("waiting", counts.waiting);
      if (!waitedMillis.isEmpty()) {
        ObjectNode waited = fields.putObject("waitedMs");
        waitedMillis.forEach(waited::put);
      }
      if (counts.brokenBecause != null) {
        fields.put("stopped", counts.brokenBecause);
      }
      ledger.beat(fields);
    }
  }

  void tick() {
    if (ledger != null) {
      ledger.tick();
    }
  }

  void sync() {
    if (ledger != null) {
      ledger.sync();
    }
  }

  @Override
  public void close() {
    if (ledger != null) {
      ledger.close();
    }
  }
}
