package io.sluice.internal.evidence;

import io.sluice.internal.evidence.Conclusion.Then;
import io.sluice.internal.quota.QuotaLimiter;
import io.sluice.internal.quota.QuotaLimiter.Charge;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A job in virtual time: an account with its limiter and its evidence, as the engine drives them,
 * against a {@link Server}. Requests reach it late by up to 30 ms.
 */
final class Drill {
  static final long SECOND = 1_000_000_000L;
  static final long MINUTE = 60 * SECOND;
  private static final long NEVER = Evidence.NEVER;

  /** What came of it. */
  static final class Outcome {
    final List<Integer> dead = new ArrayList<>();
    final List<Long> letIn = new ArrayList<>();
    final List<Long> refused = new ArrayList<>();
    final List<String> situations = new ArrayList<>();
    long answered;
    long sent;
    long left;
    int mostAttempts;
    int mostAtOnce;
    long busyUntil = -1;
    long ends;
    @Nullable Stop stop;
    long stoppedAt;

    Stop stop() {
      return Objects.requireNonNull(stop, toString());
    }

    /** Requests let in between two times. */
    long letIn(long from, long until) {
      return letIn.stream().filter(at -> at >= from && at < until).count();
    }

    long refused(long from, long until) {
      return refused.stream().filter(at -> at >= from && at < until).count();
    }

    double refusedShare() {
      return (double) refused.size() / sent;
    }

    /** Let in a minute, from the first until nothing was left to send for the first time. */
    double perMinute() {
      long from = letIn.get(0);
      return letIn(from, busyUntil) * (double) MINUTE / (busyUntil - from);
    }

    @Override
    public String toString() {
      return "let in "
          + letIn.size()
          + ", answered "
          + answered
          + ", refused "
          + refused.size()
          + " ("
          + Math.round(10_000 * refusedShare()) / 100.0
          + "%), dead "
          + dead.size()
          + ", left "
          + left
          + ", busy for "
          + busyUntil / (double) SECOND
          + " s, ends after "
          + ends / (double) SECOND
          + " s, per minute "
          + Math.round(letIn.isEmpty() || busyUntil < 0 ? 0 : perMinute())
          + ", most at once "
          + mostAtOnce
          + (stop == null ? "" : ", stops after " + stoppedAt / SECOND + " s: " + stop);
    }
  }

  private static final class Document {
    final int number;
    final Asked asked;
    long notBefore;

    Document(int number, @Nullable Signature before) {
      this.number = number;
      this.asked = new Asked(0, before);
    }
  }

  private record Event(
      long at,
      long order,
      int kind,
      Departed<Document> call,
      Charge charge,
      Server.@Nullable Said said)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final Server server;
  private final QuotaLimiter limiter;
  private final long reserved;
  private long used;
  private double latency = 1.5e9;
  private double sigma = 0.8;
  private int maxConcurrent = 500;
  private int maxAttempts = 5;
  private Duration outage = Duration.ofMinutes(10);
  private int visible = Integer.MAX_VALUE;
  private IntFunction<@Nullable Signature> before = document -> null;

  Drill(Server server, long requestsPerMinute) {
    this(server, requestsPerMinute, 1L << 40, 50, 43);
  }

  Drill(Server server, long requestsPerMinute, long tokensPerMinute, long reserved, long used) {
    this.server = server;
    this.limiter =
        new QuotaLimiter(
            new QuotaLimiter.Limits(requestsPerMinute, tokensPerMinute, Duration.ofSeconds(1)),
            0,
            true);
    this.reserved = reserved;
    this.used = used;
  }

  Drill latency(double seconds, double spread) {
    this.latency = seconds * 1e9;
    this.sigma = spread;
    return this;
  }

  Drill maxConcurrent(int most) {
    this.maxConcurrent = most;
    return this;
  }

  Drill maxAttempts(int most) {
    this.maxAttempts = most;
    return this;
  }

  Drill outage(Duration most) {
    this.outage = most;
    return this;
  }

  /** How many documents the engine has read ahead at most. */
  Drill readsAhead(int documents) {
    this.visible = documents;
    return this;
  }

  /** Why documents were given up in an earlier run. */
  Drill givenUpFor(IntFunction<@Nullable Signature> reason) {
    this.before = reason;
    return this;
  }

  Outcome play(int documents, long seed) {
    return play(documents, seed, Long.MAX_VALUE);
  }

  /**
   * @param until it is broken off then
   */
  Outcome play(int documents, long seed, long until) {
    Random random = new Random(seed);
    Evidence<Document> evidence =
        new Evidence<>(new Watched(maxConcurrent, maxAttempts, outage, ZoneOffset.UTC), random, 0);
    PriorityQueue<Event> events = new PriorityQueue<>();
    ArrayDeque<Document> ready = new ArrayDeque<>();
    PriorityQueue<Document> delayed =
        new PriorityQueue<>(Comparator.comparingLong((Document each) -> each.notBefore));
    Outcome outcome = new Outcome();
    int read = 0;
    int open = 0;
    long now = 0;
    long order = 0;
    int atServer = 0;
    while (now < until) {
      while (read < documents && open < visible) {
        ready.add(new Document(read, before.apply(read++)));
        open++;
      }
      while (!delayed.isEmpty() && delayed.peek().notBefore <= now) {
        ready.addFirst(delayed.remove());
      }
      if (evidence.stop() != null && outcome.stop == null) {
        if (evidence.stop() != null && outcome.stop == null) {
          outcome.stop = evidence.stop();
          outcome.stoppedAt = now;
        }
      }
      if (read == documents && ready.isEmpty() && outcome.busyUntil < 0) {
        outcome.busyUntil = now;
      }
      if (evidence.inFlight() == 0 && ready.isEmpty() && delayed.isEmpty()) {
        evidence.nothingElse(now);
        open -= release(evidence, delayed, outcome, now);
        if (evidence.stop() != null && outcome.stop == null) {
          outcome.stop = evidence.stop();
          outcome.stoppedAt = now;
        }
        if (delayed.isEmpty()) {
          break;
        }
        continue;
      }
      long at = ready.isEmpty() ? NEVER : evidence.readyAt(now);
      if (at != NEVER && at <= now) {
        limiter.pace(evidence.pace(now), now);
        at = now + limiter.nanosUntilAllowed(reserved, now);
      }
      if (at != NEVER && at <= now) {
        Document document =
            evidence.wantsFromFurtherDown() ? ready.removeLast() : ready.removeFirst();
        Charge charge = limiter.take(reserved, now);
        Departed<Document> call =
            evidence.depart(document, document.asked, limiter.cost(reserved), now);
        outcome.sent++;
        long arrives = now + (long) (2e6 + Math.min(28e6, 3e6 * -Math.log(random.nextDouble())));
        events.add(new Event(arrives, order++, 0, call, charge, null));
        continue;
      }
      long next = at;
      if (!events.isEmpty()) {
        next = Math.min(next, events.peek().at());
      }
      if (!delayed.isEmpty()) {
        next = Math.min(next, delayed.peek().notBefore);
      }
      if (next == NEVER) {
        break; // stopped
      }
      now = Math.max(now, next);
      while (!events.isEmpty() && events.peek().at() <= now) {
        Event event = events.remove();
        Departed<Document> call = event.call();
        if (event.kind() == 0) {
          long takes =
              (long) (latency * Math.exp(sigma * random.nextGaussian() - sigma * sigma / 2));
          Server.Said said = server.arrives(call.document.number, takes, event.at());
          if (said.failure() == null) {
            outcome.letIn.add(event.at());
            outcome.mostAtOnce = Math.max(outcome.mostAtOnce, ++atServer);
          }
          events.add(new Event(event.at() + said.takes(), order++, 1, call, event.charge(), said));
          continue;
        }
        Server.Said said = Objects.requireNonNull(event.said());
        limiter.observe(event.charge(), said.headers(), now);
        if (said.failure() == null) {
          atServer--;
          server.ended(event.at());
          limiter.settle(event.charge(), used, now);
          evidence.answered(call, now);
          outcome.answered++;
          open--;
        } else {
          Failure failure = said.failure();
          if (failure.prior().refuses()) {
            outcome.refused.add(now);
          }
          boolean others = !ready.isEmpty() || !delayed.isEmpty() || evidence.inFlight() > 1;
          Conclusion conclusion = evidence.failed(call, failure, others, now);
          Document document = call.document;
          if (failure.prior().refuses()
              && limiter.refused(event.charge(), conclusion.ofRate(), now)) {
            evidence.understood();
          }
          if (conclusion.pauseUntil() > now) {
            limiter.pause(conclusion.pauseUntil(), now);
          }
          outcome.mostAttempts = Math.max(outcome.mostAttempts, document.asked.attempts());
          switch (conclusion.then()) {
            case AGAIN -> {
              document.notBefore = now + conclusion.waitNanos();
              delayed.add(document);
            }
            case HELD -> {}
            case DEAD -> {
              outcome.dead.add(document.number);
              open--;
            }
          }
        }
        open -= release(evidence, delayed, outcome, now);
      }
      String situation = evidence.situation(now);
      if (situation != null && !outcome.situations.contains(situation)) {
        outcome.situations.add(situation);
      }
    }
    outcome.left = documents - outcome.answered - outcome.dead.size();
    outcome.ends = now;
    return outcome;
  }

  private static int release(
      Evidence<Document> evidence, PriorityQueue<Document> delayed, Outcome outcome, long now) {
    int ended = 0;
    for (Released<Document> each : evidence.takeReleased()) {
      Document document = each.document();
      if (each.then() == Then.DEAD) {
        outcome.dead.add(document.number);
        ended++;
      } else {
        document.notBefore = now;
        delayed.add(document);
      }
    }
    return ended;
  }
}
