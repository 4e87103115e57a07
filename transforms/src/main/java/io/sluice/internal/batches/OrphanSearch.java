package io.sluice.internal.batches;

import io.sluice.internal.http.GivenIds;
import io.sluice.spi.BatchApi;
import io.sluice.spi.BatchApi.Listed;
import io.sluice.spi.BatchApi.Owner;
import io.sluice.spi.BatchApi.Page;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Pages through an account's batches for those of an intent. Lists come newest first, but not every
 * provider promises it: the search ends early only on a page that is seen to be in that order and
 * ends before the intent was recorded, with an hour for clocks that differ.
 */
final class OrphanSearch {
  private static final Duration SKEW = Duration.ofHours(1);

  /** Some 20,000 batches since the intent was recorded; a list that goes on has no end. */
  private static final int MOST_PAGES = 200;

  /** September 2001: a time before it is a server's way to give none. */
  private static final Instant FIRST_TIME = Instant.ofEpochSecond(1_000_000_000L);

  private final BatchCalls calls;
  private final BatchApi api;
  private final BatchIntent intent;
  private final Instant since;
  private final Predicate<String> known;
  private final List<BatchStatus> certain = new ArrayList<>();
  private final List<BatchStatus> possible = new ArrayList<>();

  OrphanSearch(BatchCalls calls, BatchApi api, BatchIntent intent, Predicate<String> known) {
    this.calls = calls;
    this.api = api;
    this.intent = intent;
    this.since = intent.createdAt().minus(SKEW);
    this.known = known;
  }

  Orphans run() throws BatchException, InterruptedException {
    @Nullable String after = null;
    Set<String> seen = new HashSet<>();
    while (true) {
      if (seen.size() == MOST_PAGES) {
        throw new BatchException(
            BatchException.Problem.RETRY,
            "The list of the account's batches does not end: "
                + MOST_PAGES
                + " pages are newer than the requests of intent "
                + intent.id()
                + ", or in no order",
            null);
      }
      String from = after;
      Page page = calls.repeated(() -> Guarded.run(() -> api.list(intent, from)));
      List<Instant> times = new ArrayList<>();
      for (Listed listed : page.batches()) {
        Instant time = time(listed.batch());
        if (time != null) {
          times.add(time);
        }
        look(listed);
      }
      after = page.next();
      if (after == null || !seen.add(after) || endsBefore(times)) {
        break;
      }
    }
    certain.sort(
        Comparator.comparing(
            BatchStatus::createdAt, Comparator.nullsLast(Comparator.<Instant>naturalOrder())));
    return new Orphans(certain.size() > 1 ? likelierFirst() : certain, possible);
  }

  /** Of several that name the intent, one with other requests only says so. */
  private List<BatchStatus> likelierFirst() throws BatchException, InterruptedException {
    List<BatchStatus> first = new ArrayList<>();
    List<BatchStatus> last = new ArrayList<>();
    for (BatchStatus status : certain) {
      List<String> files = api.resultFiles(intent, status);
      boolean isOthers =
          !mayHaveSize(status.counts().total())
              || (!files.isEmpty() && owner(files.get(0)) == Owner.OTHER);
      (isOthers ? last : first).add(status);
    }
    first.addAll(last);
    return first;
  }

  private Owner owner(String file) throws BatchException, InterruptedException {
    return new ResultDownload(calls, api, api.limits().requests()).owner(file, intent.id());
  }

  private boolean endsBefore(List<Instant> times) {
    return times.size() > 1
        && times.get(0).isAfter(times.get(times.size() - 1))
        && times.get(times.size() - 1).isBefore(since);
  }

  private void look(Listed listed) throws BatchException, InterruptedException {
    BatchStatus status = listed.batch();
    if (known.test(status.id()) || status.state() == State.FAILED) {
      return;
    }
    Owner owner = listed.owner();
    if (!GivenIds.isOne(status.id())) {
      if (owner != Owner.INTENT && (owner == Owner.OTHER || status.id().isEmpty())) {
        return;
      }
      throw new BatchException(
          BatchException.Problem.RETRY,
          "The list of batches has one that is or may be of intent "
              + intent.id()
              + ", by a name that no batch can have",
          null);
    }
    if (owner == Owner.INTENT) {
      // Whatever the server's clock says: an intent is one batch's alone.
      certain.add(status);
      return;
    }
    @Nullable Instant time = time(status);
    if (owner == Owner.OTHER || (time != null && time.isBefore(since))) {
      return;
    }
    if (owner == Owner.SEE_RESULTS) {
      owner = owner(status.resultFiles().get(0));
    }
    if (owner == Owner.INTENT) {
      certain.add(status);
    } else if (owner == Owner.OPEN && mayHaveSize(status.counts().total())) {
      possible.add(status);
    }
  }

  /** Whether a batch may have the intent's requests, by how many it says it has. */
  private boolean mayHaveSize(long total) {
    return total == 0 || total == intent.requests();
  }

  private static @Nullable Instant time(BatchStatus status) {
    Instant time = status.createdAt();
    return time == null || time.isBefore(FIRST_TIME) ? null : time;
  }
}
