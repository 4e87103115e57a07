package io.sluice.internal.stage;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Quota;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.plan.Targets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a job says in its worker's log, which is all that a cluster's operator sees of it: whom it
 * asks and how, each minute how far it is, what holds it up, why it stops, and the end. No key is
 * in it, as none is in a task, and no document. Thread-safe.
 */
final class JobLog {
  /** Where lines go. */
  interface Lines {
    void info(String line);

    void warn(String line);
  }

  private static final Logger LOG = LoggerFactory.getLogger(JobLog.class);

  static final Lines TO_THE_LOG =
      new Lines() {
        @Override
        public void info(String line) {
          LOG.info("{}", line);
        }

        @Override
        public void warn(String line) {
          LOG.warn("{}", line);
        }
      };

  private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();

  /** What holds an account up may come and go with every call. */
  private static final long SITUATION_NANOS = Duration.ofSeconds(10).toNanos();

  /** Accounts stop one by one; a thousand tenants are no thousand lines. */
  private static final int MOST_STOPS = 20;

  private final String name;
  private final boolean fallsBack;
  private final Lines lines;
  private final long begun;

  @GuardedBy("this")
  private final Set<String> stops = new HashSet<>();

  @GuardedBy("this")
  private long told;

  @GuardedBy("this")
  private long lookedAt;

  @GuardedBy("this")
  private long toldSent = -1;

  @GuardedBy("this")
  private @Nullable String situation;

  JobLog(ModelTask task, CallSettings settings, Lines lines, long nowNanos) {
    this.name = "Task " + task.name() + ": ";
    this.fallsBack = !task.fallback().isNone();
    this.lines = lines;
    this.begun = nowNanos;
    this.told = nowNanos;
    this.lookedAt = nowNanos - SITUATION_NANOS;
    lines.info(name + "run " + settings.run() + " begins on this worker: " + how(task, settings));
  }

  private static String how(ModelTask task, CallSettings settings) {
    Quota quota = task.quota();
    StringBuilder how = new StringBuilder(task.operation().toString().toLowerCase(Locale.ROOT));
    how.append(" with ").append(task.model()).append(" of ").append(task.provider().kind());
    if (!task.provider().baseUrl().isEmpty()) {
      how.append(" at ").append(task.provider().baseUrl());
    }
    how.append(others(task));
    how.append(task.delivery().batch() ? ", in batches" : ", in real time");
    how.append("; a quota key has ").append(quota.requestsPerMinute()).append(" requests and ");
    how.append(quota.tokensPerMinute()).append(" tokens a minute, ");
    how.append(quota.maxConcurrent()).append(" calls at once");
    if (!quota.keys().isEmpty()) {
      how.append(" (").append(quota.keys().size()).append(" have limits of their own)");
    }
    how.append("; chunks of ").append(task.chunk().documents());
    how.append("; ").append(task.retry().maxAttempts()).append(" attempts of ");
    how.append(task.retry().timeout().toSeconds()).append(" s");
    how.append(settings.ledger() == null ? "; no ledger" : "; ledger " + settings.ledger());
    if (settings.budgetUsd() != null) {
      how.append("; budget ").append(settings.budgetUsd().toPlainString()).append(" USD");
    }
    return how.toString();
  }

  /** The other models that it asks, of steps and of the fallback. */
  private static String others(ModelTask task) {
    StringBuilder others = new StringBuilder();
    Targets.of(task, null).all().stream()
        .skip(1)
        .forEach(
            other -> others.append(others.isEmpty() ? " (beside it " : ", ").append(other.name()));
    return others.append(others.isEmpty() ? "" : ")").toString();
  }

  /** A row that leaves: of those that are still to do, why nothing more is sent. */
  void row(Finished row) {
    if (row instanceof Finished.Dead dead) {
      ErrorKind kind = dead.deadLetter().kind();
      if (kind == ErrorKind.ACCOUNT || kind == ErrorKind.BUDGET) {
        stopped(kind == ErrorKind.BUDGET ? "the budget" : account(dead), dead);
      }
    }
  }

  private static String account(Finished.Dead dead) {
    String key = dead.document().key();
    return key == null ? "the account" : "key " + key;
  }

  private synchronized void stopped(String who, Finished.Dead dead) {
    if (stops.size() < MOST_STOPS && stops.add(who)) {
      lines.warn(
          name
              + "stopped at "
              + who
              + ": "
              + dead.deadLetter().message()
              + (stops.size() == MOST_STOPS ? " (others that stop are not told)" : ""));
    }
  }

  /** Whether {@link #progress} has something to look at. */
  synchronized boolean isDue(long nowNanos) {
    return nowNanos - lookedAt >= SITUATION_NANOS;
  }

  /** How far the job is on this worker, said each minute in which something was to do. */
  synchronized void progress(EngineCounts counts, boolean priced, long used, long nowNanos) {
    lookedAt = nowNanos;
    if (fallsBack && counts.brokenBecause != null && stops.add("")) {
      lines.warn(name + "other models are asked in place of one: " + counts.brokenBecause);
    }
    if (!Objects.equals(counts.situation, situation)) {
      situation = counts.situation;
      lines.info(name + (situation == null ? "goes on as usual" : "is held up: " + situation));
    }
    if (nowNanos - told < MINUTE_NANOS) {
      return;
    }
    told = nowNanos;
    boolean idle = counts.sent == toldSent && counts.waiting == 0 && counts.inFlight == 0;
    toldSent = counts.sent;
    if (!idle) {
      lines.info(
          name
              + sums(counts, priced)
              + "; "
              + counts.inFlight
              + " on their way"
              + (counts.batches > 0 ? ", " + counts.batches + " batches at work" : "")
              + "; "
              + used
              + "% of the limits in use");
    }
  }

  /** The end on this worker. */
  synchronized void end(EngineCounts counts, boolean priced, long nowNanos) {
    lines.info(
        name
            + "ends on this worker after "
            + Duration.ofNanos(nowNanos - begun).toSeconds()
            + " s: "
            + sums(counts, priced));
  }

  private static String sums(EngineCounts counts, boolean priced) {
    return counts.answered
        + " answered ("
        + counts.servedFromLedger
        + " from the ledger) and "
        + counts.dead
        + " dead of "
        + counts.seen
        + " documents; "
        + counts.sent
        + " calls, "
        + counts.rateLimited
        + " turned away, "
        + counts.failed
        + " failed"
        + (priced ? "; " + counts.spent.toPlainString() + " USD" : "");
  }
}
