package io.sluice.internal.engine.realtime;

import io.sluice.Usage;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.prefix.Prefix;
import io.sluice.internal.engine.prefix.PrefixTerms;
import io.sluice.spi.PrefixCache.Keep;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The beginnings that an account's requests share, as the provider keeps them: where that pays, the
 * first request of one goes ahead, and others wait until it has ended; where it cannot, they go
 * unmarked. Guarded by the engine's lock.
 */
final class LanePrefixes {
  /** A first one that takes longer holds the others up no more. */
  private static final long LONGEST_WAIT = 30_000_000_000L;

  /** The request that is ahead, and since when, epoch nanos. */
  private record Ahead(Flight flight, long since) {}

  private final @Nullable PrefixTerms terms;
  private final Map<String, Prefix> book = PrefixTerms.book();
  private final Map<Prefix, Ahead> ahead = new HashMap<>();

  /**
   * @param terms null where nothing is kept
   */
  LanePrefixes(@Nullable PrefixTerms terms) {
    this.terms = terms;
  }

  /** A request has come: it may not be the only one that begins so. */
  void added(Flight flight) {
    if (terms != null) {
      flight.prefixBy(terms, book);
    }
  }

  /** When a request may be sent as far as this goes. */
  long readyAt(Flight flight, long now) {
    Prefix prefix = flight.prefix;
    Ahead first = prefix == null ? null : ahead.get(prefix);
    return first == null || prefix == null || now < prefix.warmUntil
        ? now
        : Math.max(now, first.since() + LONGEST_WAIT);
  }

  void departs(Flight flight, long now) {
    Prefix prefix = flight.prefix;
    if (terms == null || prefix == null) {
      return;
    }
    flight.keep = terms.pays(prefix, prefix.seen) ? Keep.MINUTES : Keep.NOT;
    if (flight.keep == Keep.MINUTES && now >= prefix.warmUntil) {
      ahead.put(prefix, new Ahead(flight, now));
    }
  }

  /** A request as it is sent. */
  Request sent(Flight flight) {
    return terms == null || flight.prefix == null
        ? flight.request
        : terms.marked(flight.request, flight.keep);
  }

  /** Calls have ended, however. */
  void landed(List<Flight> flights, List<Reply> replies, long now) {
    for (int i = 0; terms != null && i < flights.size(); i++) {
      landed(terms, flights.get(i), replies.get(i), now);
    }
  }

  private void landed(PrefixTerms by, Flight flight, Reply reply, long now) {
    Prefix prefix = flight.prefix;
    if (prefix == null || flight.keep == Keep.NOT) {
      return;
    }
    Ahead first = ahead.get(prefix);
    boolean wasAhead = first != null && first.flight() == flight;
    if (wasAhead) {
      ahead.remove(prefix);
    }
    Usage usage =
        reply instanceof Reply.Answered answered
            ? answered.usage()
            : ((Reply.Failed) reply).usage();
    Boolean kept = usage == null ? null : by.isKept(usage);
    if (Boolean.TRUE.equals(kept)) {
      prefix.kept(now + by.lastsNanos(Keep.MINUTES));
    } else if (kept != null && wasAhead) {
      prefix.ignored();
    } else if (wasAhead && reply instanceof Reply.Answered) {
      // Nothing is told: what it wrote is as likely there as not, and the others need not wait.
      prefix.kept(now + by.lastsNanos(Keep.MINUTES));
    }
  }
}
