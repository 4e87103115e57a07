package io.sluice.internal.engine.batch.running;

import io.sluice.Usage;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.prefix.Prefix;
import io.sluice.internal.engine.prefix.PrefixTerms;
import io.sluice.spi.PrefixCache.Keep;
import io.sluice.spi.Request;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The beginnings that an account's requests share, as the provider keeps them: of many requests one
 * goes ahead in a batch of its own, the others are held until it is answered, and follow while what
 * it wrote is kept. Where that cannot pay, requests go unmarked. Guarded by the engine's lock.
 */
public final class BatchPrefixes {
  /** A batch of an earlier engine with so few requests may be one that went ahead. */
  private static final int FEW = 16;

  /** For how many an earlier engine may have let one go ahead. */
  private static final long MANY = 1_000;

  private final @Nullable PrefixTerms terms;
  private final Map<String, Prefix> book = PrefixTerms.book();
  private final Map<Prefix, List<Flight>> held = new LinkedHashMap<>();

  /** What is to be done with requests of a beginning. */
  private enum Turn {
    GO,
    /** One of them goes ahead. */
    AHEAD,
    WAIT
  }

  /** When an earlier engine was last heard of, epoch nanos. */
  private final long before;

  /**
   * @param terms null where nothing is kept
   * @param before when the account was last called, epoch nanos; 0 for never
   */
  public BatchPrefixes(@Nullable PrefixTerms terms, long before) {
    this.terms = terms;
    this.before = before;
  }

  /**
   * An answer that is paid for: what it wrote or read was kept when the account was called last.
   */
  public void served(Request request, Usage usage) {
    Prefix prefix = terms == null ? null : terms.of(request, book);
    if (terms != null
        && prefix != null
        && usage.cacheWriteTokens() + usage.cachedInputTokens() > 0) {
      prefix.keep = usage.longCacheWriteTokens() > 0 ? Keep.HOUR : prefix.keep;
      prefix.kept(before + terms.lastsNanos(prefix.keep == Keep.HOUR ? Keep.HOUR : Keep.MINUTES));
    }
  }

  /** A request as it is sent. */
  public Request sent(Flight flight) {
    return terms == null || flight.prefix == null
        ? flight.request
        : terms.marked(flight.request, flight.keep);
  }

  public boolean isEmpty() {
    return held.isEmpty();
  }

  public long heldRequests() {
    return held.values().stream().mapToLong(List::size).sum();
  }

  public long heldTokens() {
    return held.values().stream()
        .flatMap(List::stream)
        .mapToLong(flight -> flight.request.inputTokens())
        .sum();
  }

  public List<Flight> takeHeld() {
    List<Flight> all = new ArrayList<>();
    held.values().forEach(all::addAll);
    held.clear();
    return all;
  }

  /** Those whose beginning no batch at work is ahead with any more. */
  public List<Flight> takeReleased(List<RunningBatch> running) {
    List<Flight> released = new ArrayList<>();
    for (Iterator<Map.Entry<Prefix, List<Flight>>> each = held.entrySet().iterator();
        each.hasNext(); ) {
      Map.Entry<Prefix, List<Flight>> one = each.next();
      if (!isAhead(one.getKey(), running)) {
        released.addAll(one.getValue());
        each.remove();
      }
    }
    return released;
  }

  private static boolean isAhead(Prefix prefix, List<RunningBatch> running) {
    return running.stream().anyMatch(batch -> batch.ahead.contains(prefix));
  }

  /**
   * Goes through a queue: what has to wait is taken out and held.
   *
   * @return what goes ahead, taken out, too; while there is any, nothing else goes with it
   */
  public List<Flight> sort(ArrayDeque<Flight> queue, List<RunningBatch> running, long now) {
    PrefixTerms by = terms;
    if (by == null) {
      return List.of();
    }
    adopt(by, running);
    Map<Prefix, Long> waiting = new HashMap<>();
    for (Flight flight : queue) {
      Prefix prefix = flight.prefixBy(by, book);
      if (prefix != null) {
        waiting.merge(prefix, 1L, Long::sum);
      }
    }
    List<Flight> ahead = new ArrayList<>();
    Map<Prefix, Turn> turns = new HashMap<>();
    for (Iterator<Flight> each = queue.iterator(); each.hasNext(); ) {
      Flight flight = each.next();
      Prefix prefix = flight.prefix;
      if (prefix == null) {
        continue;
      }
      long requests = waiting.getOrDefault(prefix, 1L);
      Turn turn = turns.computeIfAbsent(prefix, one -> turn(by, one, requests, running, now));
      flight.keep = prefix.keep;
      if (turn == Turn.GO) {
        continue;
      }
      each.remove();
      if (turn == Turn.AHEAD) {
        ahead.add(flight);
        turns.put(prefix, Turn.WAIT);
      } else {
        held.computeIfAbsent(prefix, one -> new ArrayList<>()).add(flight);
      }
    }
    return ahead;
  }

  /** Decides, and notes for how long the beginning is to be kept. */
  private static Turn turn(
      PrefixTerms by, Prefix prefix, long requests, List<RunningBatch> running, long now) {
    if (isAhead(prefix, running)) {
      return Turn.WAIT;
    }
    boolean warm = now < prefix.warmUntil;
    Keep best = by.best(prefix, requests);
    if (warm) {
      // As it was written, so that it is found.
      prefix.keep = prefix.keep == Keep.NOT ? best : prefix.keep;
      return Turn.GO;
    }
    prefix.keep = best;
    return best == Keep.NOT ? Turn.GO : Turn.AHEAD;
  }

  /** Rows have come to requests of earlier batches: their beginnings are known now. */
  private void adopt(PrefixTerms by, List<RunningBatch> running) {
    for (RunningBatch batch : running) {
      if (!batch.adopted || batch.lines.size() > FEW) {
        continue;
      }
      for (RunningBatch.Line line : batch.lines.values()) {
        Flight flight = line.flight;
        Prefix prefix = flight == null ? null : flight.prefixBy(by, book);
        if (prefix != null && batch.ahead.add(prefix)) {
          prefix.keep = prefix.keep == Keep.NOT ? by.best(prefix, MANY) : prefix.keep;
        }
      }
    }
  }

  /** What an answer of a batch says of its beginning. */
  public void heard(RunningBatch batch, @Nullable Flight flight, @Nullable Usage usage) {
    Prefix prefix = flight == null ? null : flight.prefix;
    if (terms == null || flight == null || prefix == null) {
      return;
    }
    if (batch.adopted && usage != null && usage.cacheWriteTokens() > 0) {
      prefix.keep = usage.longCacheWriteTokens() > 0 ? Keep.HOUR : Keep.MINUTES;
    }
    Boolean kept = terms.isKept(usage);
    if (Boolean.TRUE.equals(kept)) {
      batch.kept.add(prefix);
    } else if (kept != null && batch.ahead.contains(prefix) && flight.keep != Keep.NOT) {
      prefix.ignored();
    }
  }

  /** A batch is over. What it kept was kept when it was last seen at work, at least. */
  public void closed(RunningBatch batch) {
    if (terms == null) {
      return;
    }
    for (Prefix prefix : batch.kept) {
      prefix.kept(Math.max(batch.createdAt, batch.seenAt) + terms.lastsNanos(prefix.keep));
    }
    for (Prefix prefix : batch.ahead) {
      if (!batch.kept.contains(prefix)) {
        prefix.failed();
      }
    }
  }
}
