package io.sluice.internal.evidence;

import io.sluice.internal.evidence.Conclusion.Then;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Documents that are not judged while nothing passes: those that were refused for what is in them
 * wait for a call that left later to pass, and attempts that failed in what turns out to be an
 * outage are taken back. Not thread-safe.
 */
final class Documents<D> {
  private static final class Held<D> {
    final Departed<D> call;
    final Then then;
    final boolean counts;

    /** Answered ones that left after it. */
    int passedAfter;

    Held(Departed<D> call, Then then, boolean counts) {
      this.call = call;
      this.then = then;
      this.counts = counts;
    }
  }

  private record Counted(long number, Asked asked) {}

  private final ArrayDeque<Held<D>> held = new ArrayDeque<>();
  private final ArrayDeque<Counted> counted = new ArrayDeque<>();
  private final List<Released<D>> released = new ArrayList<>();

  /**
   * One waits.
   *
   * @param then what becomes of it if another call passes
   * @param counts whether it was an attempt then
   */
  void hold(Departed<D> call, Then then, boolean counts) {
    held.add(new Held<>(call, then, counts));
  }

  boolean areHeld() {
    return !held.isEmpty();
  }

  /** An attempt counts, as far as is known now. */
  void count(Departed<D> call) {
    call.asked.count();
    counted.add(new Counted(call.number, call.asked));
  }

  /**
   * Whether it is theirs by the share of them: more calls passed that left after the first of them
   * than there are of them. Once nothing else is to be asked, nothing surer can be known.
   */
  boolean areFew() {
    return held.stream().anyMatch(each -> each.passedAfter > held.size());
  }

  /** A call passed. */
  void passed(long number) {
    held.removeIf(each -> each.call.since < number && release(each));
    held.forEach(each -> each.passedAfter += each.call.number < number ? 1 : 0);
    counted.removeIf(each -> each.number() < number);
  }

  /** Nobody's but theirs, all of them: where they are few, another failure is so, too. */
  void releaseAll() {
    if (areFew()) {
      long first = held.stream().mapToLong(each -> each.call.number).min().orElse(0);
      held.forEach(each -> each.call.asked.failed(first));
    }
    held.removeIf(this::release);
  }

  private boolean release(Held<D> each) {
    if (each.counts) {
      each.call.asked.count();
    }
    return released.add(new Released<>(each.call.document, each.then));
  }

  /** Attempts of calls from this number on were none: nothing has passed since. */
  void takeBack(long from) {
    for (Iterator<Counted> each = counted.iterator(); each.hasNext(); ) {
      Counted attempt = each.next();
      if (attempt.number() >= from) {
        attempt.asked().takeBack();
        each.remove();
      }
    }
  }

  List<Released<D>> takeReleased() {
    List<Released<D>> taken = List.copyOf(released);
    released.clear();
    return taken;
  }
}
