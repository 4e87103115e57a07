package io.sluice.pipeline.status;

import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.quota.AccountKey;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.status.JobStatus.Batches;
import io.sluice.pipeline.status.JobStatus.Documents;
import io.sluice.pipeline.status.JobStatus.Pace;
import io.sluice.pipeline.status.JobStatus.Quota;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Documents, rate and quota of a run.
 *
 * @param batches null where none are at work
 */
record Figures(Documents documents, @Nullable Batches batches, Pace pace, List<Quota> quota) {

  /** Of a run that is over. */
  static Figures of(JobSummary summary) {
    long documents = summary.documents();
    double seconds = summary.wallSeconds();
    return new Figures(
        new Documents(
            documents,
            true,
            documents,
            summary.succeeded(),
            summary.deadLettered(),
            summary.servedFromLedger(),
            0,
            0),
        null,
        new Pace(seconds > 0 ? rounded(documents / seconds) : 0, 0L),
        summary.quota().stream()
            .map(
                use ->
                    new Quota(
                        use.key(),
                        use.requestsPerMinute(),
                        use.tokensPerMinute(),
                        null,
                        null,
                        use.utilisation(),
                        use.waitedMs(),
                        use.model()))
            .toList());
  }

  /**
   * Of a run that is not over, from its newest heartbeats.
   *
   * @param file null where no launcher has left one
   * @param now epoch milliseconds
   */
  static Figures of(Recent recent, @Nullable RunFile file, boolean working, long now) {
    long answered = recent.sum(beat -> beat.rows().answered());
    long dead = recent.sum(beat -> beat.rows().dead());
    long seen = recent.sum(beat -> beat.rows().seen());
    Long given = file == null ? null : file.documents();
    boolean known = given != null && given >= 0;
    long expected = given == null ? seen : Math.max(given, seen);
    Documents documents =
        new Documents(
            known ? (Long) expected : null,
            file != null && file.documentsExact(),
            seen,
            answered,
            dead,
            recent.sum(beat -> beat.rows().servedFromLedger()),
            working ? recent.sum(beat -> beat.calls().inFlight()) : 0,
            working ? recent.sum(beat -> beat.rows().waiting()) : 0);
    long until = working ? now : recent.newestMillis();
    double rate = recent.perSecond(until);
    long left = expected - answered - dead;
    boolean predictable = working && known && (rate > 0 || left == 0);
    return new Figures(
        documents,
        batches(recent),
        new Pace(
            rounded(rate), predictable ? (Long) (left == 0 ? 0 : Math.round(left / rate)) : null),
        quota(recent, file, until));
  }

  private static @Nullable Batches batches(Recent recent) {
    ToLongFunction<LedgerRecord.Beat> batches = beat -> beat.batches().batches();
    return recent.sum(batches) == 0
        ? null
        : new Batches(
            recent.sum(batches),
            recent.sum(beat -> beat.batches().requests()),
            recent.sum(beat -> beat.batches().done()));
  }

  private static List<Quota> quota(Recent recent, @Nullable RunFile file, long until) {
    RunFile.Limits limits = file == null ? null : file.quota();
    List<Quota> quota = new ArrayList<>();
    if (file != null && limits == null) {
      // A model in this process has no limits.
      return quota;
    }
    recent
        .byKey()
        .forEach(
            (name, use) -> {
              AccountKey key = AccountKey.of(name);
              RunFile.KeyLimits limit =
                  limits == null ? new RunFile.KeyLimits(null, null) : limits.of(name);
              double burst = limits == null ? 0 : limits.burst();
              double requests = use.requestsPerMinute(until, limit.requestsPerMinute(), burst);
              double tokens = use.tokensPerMinute(until, limit.tokensPerMinute(), burst);
              double share =
                  Math.max(
                      share(requests, limit.requestsPerMinute()),
                      share(tokens, limit.tokensPerMinute()));
              quota.add(
                  new Quota(
                      key.account().isEmpty() ? null : key.account(),
                      limit.requestsPerMinute(),
                      limit.tokensPerMinute(),
                      Math.round(requests),
                      Math.round(tokens),
                      Math.round(share * 10_000) / 10_000.0,
                      null,
                      key.model().isEmpty() ? null : key.model()));
            });
    return quota;
  }

  private static double share(double used, @Nullable Long limit) {
    return limit == null ? 0 : used / limit;
  }

  private static double rounded(double perSecond) {
    return Math.round(perSecond * 10) / 10.0;
  }
}
