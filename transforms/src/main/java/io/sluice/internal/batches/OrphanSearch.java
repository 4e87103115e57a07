package io.sluice.internal.batches;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.batches.BatchStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Pages through an account's batches for those of an intent. Lists come newest first, but only
 * Anthropic promises it: the search ends early only on a page that is seen to be in that order and
 * ends before the intent was recorded, with an hour for clocks that differ.
 */
final class OrphanSearch {
  private static final Duration SKEW = Duration.ofHours(1);

  private final BatchCalls calls;
  private final BatchWire wire;
  private final BatchIntent intent;
  private final Instant since;
  private final Predicate<String> known;
  private final List<BatchStatus> certain = new ArrayList<>();
  private final List<BatchStatus> possible = new ArrayList<>();

  OrphanSearch(BatchCalls calls, BatchWire wire, BatchIntent intent, Predicate<String> known) {
    this.calls = calls;
    this.wire = wire;
    this.intent = intent;
    this.since = intent.createdAt().minus(SKEW);
    this.known = known;
  }

  Orphans run() throws BatchException, InterruptedException {
    String after = null;
    while (true) {
      JsonNode page = calls.get(wire.path(), wire.page(after));
      JsonNode data = page.has("data") ? page.path("data") : page.path("value");
      List<Instant> times = new ArrayList<>();
      String last = null;
      for (JsonNode batch : data) {
        BatchStatus status = wire.status(batch);
        last = status.id();
        Instant time = status.createdAt();
        if (time != null) {
          times.add(time);
        }
        look(batch, status);
      }
      if (!page.path("has_more").asBoolean(false)
          || last == null
          || last.equals(after)
          || endsBefore(times)) {
        break;
      }
      after = last;
    }
    certain.sort(
        Comparator.comparing(
            BatchStatus::createdAt, Comparator.nullsLast(Comparator.<Instant>naturalOrder())));
    return new Orphans(certain, possible);
  }

  private boolean endsBefore(List<Instant> times) {
    return times.size() > 1
        && times.get(0).isAfter(times.get(times.size() - 1))
        && times.get(times.size() - 1).isBefore(since);
  }

  private void look(JsonNode batch, BatchStatus status)
      throws BatchException, InterruptedException {
    @Nullable Instant time = status.createdAt();
    if (known.test(status.id())
        || status.state() == State.FAILED
        || (time != null && time.isBefore(since))) {
      return;
    }
    switch (wire.owner(batch, status, intent)) {
      case INTENT -> certain.add(status);
      case OPEN -> possible.add(status);
      case SEE_RESULTS -> {
        String id = new ResultDownload(calls, wire).firstId(status.resultFiles().get(0));
        if (id != null && CustomIds.isOf(intent.id(), id)) {
          certain.add(status);
        }
      }
      case OTHER -> {}
    }
  }
}
