package io.sluice.internal.evidence;

import io.sluice.internal.capacity.Capacity;
import io.sluice.internal.capacity.Capacity.Regime;
import io.sluice.internal.evidence.AccountWatch.Verdict;
import io.sluice.internal.evidence.Conclusion.Then;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Whose failure it is that a call was not answered, and what its account does about it: pure
 * arithmetic over the departures and the ends of an account's calls, at given times (epoch
 * nanoseconds). Guarded by the engine's lock.
 *
 * <p>Status and words are where it begins ({@link Prior}); what the other calls do decides.
 *
 * <table>
 * <caption>Scopes</caption>
 * <tr><th>whose<th>what says so<th>what is done
 * <tr><td>call<td>as many fail when we send more slowly and have fewer in flight ({@link Capacity})
 *     <td>it alone is asked again, after its hint or a wait by chance; no attempt is counted
 * <tr><td>rate<td>fewer fail when we send more slowly; or headers say that nothing is left
 *     <td>the pace; with a header, a pause as long as it says
 * <tr><td>load<td>fewer fail with fewer in flight<td>the window
 * <tr><td>outage<td>a run of failures that chance does not explain ({@link Silence})
 *     <td>one call at a time, with growing gaps; after {@code retry.outage} the account stops
 * <tr><td>account<td>a run of refusals for one reason, by calls from all over the input ({@link
 *     AccountWatch}); or nothing passes for minutes; or a wait of an hour and more
 *     <td>the account stops, with words; what was not answered is still to do
 * <tr><td>document<td>it fails where a call that left later passed, once where it was refused for
 *     what is in it, else as often as {@code retry.maxAttempts} says, and more often than the share
 *     that is tolerated explains<td>a dead letter
 * </table>
 *
 * <p>So a document is never judged while nothing passes: a refusal for what is in it waits for
 * another call to pass ({@link Then#HELD}), and attempts that failed in what turns out to be an
 * outage are taken back ({@link Asked}).
 *
 * @param <D> what the engine knows a document by
 */
public final class Evidence<D> {
  /** {@link #readyAt} where only an event makes the account ready. */
  public static final long NEVER = Long.MAX_VALUE;

  /** A wait that a job does not sit out. */
  static final Duration TOO_LONG = Duration.ofHours(1);

  /** A document that was turned away so often that chance does it once in a thousand million. */
  private static final double ONCE_IN = 1e-9;

  private static final int LEAST_REFUSALS = 13;
  private static final int MOST_REFUSALS = 100;

  /** So many turned away one after another, while others that left before are answered. */
  private static final int FULL = 10;

  /** So much longer a run must be while others that left before are out. */
  private static final int PATIENT = 2;

  /** A wait so short is a provider's that counts exactly: it says when there is room again. */
  private static final long EXACT = 100_000_000L;

  /** A document that failed so often that chance does it once in ten thousand. */
  private static final double SELDOM = 1e-4;

  private static final int MOST_ATTEMPTS = 50;
  private static final int FEW = 3;

  private final Watched settings;
  private final Waiting waiting;
  private final Capacity capacity;
  private final Order<D> order = new Order<>();
  private final Flying<D> flying = new Flying<>();
  private final Run run = new Run();
  private final Silence silence = new Silence();
  private final AccountWatch account;
  private final Decisions decisions;
  private final Words words;
  private final Documents<D> documents = new Documents<>();

  private long newest;

  /** The highest number of a call that passed; 0 where none has. */
  private long passed;

  /** The last call that left before the server was full the last time. */
  private long fullAt;

  /** Since when calls pass, after a silence or from the beginning. */
  private long passesSince;

  private @Nullable Stop stop;

  public Evidence(Watched settings, RandomGenerator random, long now) {
    this.settings = settings;
    this.waiting = new Waiting(random);
    this.capacity = new Capacity(settings.maxConcurrent());
    this.account = new AccountWatch(settings.maxConcurrent());
    this.decisions = new Decisions(run, account, silence, capacity);
    this.words = new Words(settings.zone());
    this.passesSince = now;
  }

  // ---- what may be sent ----------------------------------------------------------------------

  /** When a call may leave, limits aside: a time not later than now, or {@link #NEVER}. */
  public long readyAt(long now) {
    tick(now);
    if (stop != null) {
      return NEVER;
    }
    if (silence.endsBy(order.grace(), now)) {
      silenceEnds(now);
    }
    if (silence.isOn()) {
      return silence.readyAt(order.grace());
    }
    if (account.isTrying()) {
      return flying.isOneSince(account.run().from()) ? NEVER : account.nextAt();
    }
    return capacity.readyAt(flying.size(), now);
  }

  /**
   * Whether the next call should be of a document from further down the input: those at its head
   * have failed, and may be to blame.
   */
  public boolean wantsFromFurtherDown() {
    return stop == null && (account.isTrying() || silence.isOn());
  }

  /** Whether more of the input is wanted for that. */
  public boolean wantsMore() {
    return stop == null && account.isTrying();
  }

  /** The share of the stated limits that is to be sent. */
  public double pace(long now) {
    return capacity.pace(now);
  }

  /** How many calls may be in flight. */
  public int window() {
    return silence.isOn() || account.isTrying() ? 1 : capacity.window();
  }

  public int inFlight() {
    return flying.size();
  }

  public boolean everPassed() {
    return passed > 0;
  }

  /** What holds the account up, for a person; null where nothing does. */
  public @Nullable String situation(long now) {
    return words.now(this, silence, account, capacity, now);
  }

  /** Another way of counting would have foreseen a refusal: the rate needs not be lower. */
  public void understood() {
    capacity.understood(newest);
  }

  /** Why nothing more is sent; null while the account is in order. */
  public @Nullable Stop stop() {
    return stop;
  }

  /**
   * A call leaves.
   *
   * @param asked what its document has been through; it is kept up to date here
   * @param cost the share of a minute's quota that it takes
   */
  public Departed<D> depart(D document, Asked asked, double cost, long now) {
    Departed<D> call = new Departed<>(++newest, now, document, asked, cost, flying.size());
    order.departed(call);
    flying.departed(call);
    capacity.departed(cost, now);
    if (silence.isOn()) {
      silence.probes(call.number, now);
    } else if (account.isTrying()) {
      account.tries(now);
    }
    return call;
  }

  // ---- what became of it ---------------------------------------------------------------------

  /** The model answered, whether the answer is of use or not. */
  public void answered(Departed<D> call, long now) {
    order.landed(call, false, now);
    landed(call);
    passed = Math.max(passed, call.number);
    capacity.answered();
    run.answered();
    waiting.passed(call.number);
    if (silence.answered(call.number)) {
      silenceEnds(now);
    }
    if (account.run().length() == 0 || call.number > account.run().from()) {
      account.over();
    }
    documents.passed(call.number);
    tick(now);
  }

  /** The documents that waited and wait no longer, once each. */
  public List<Released<D>> takeReleased() {
    return documents.takeReleased();
  }

  /** Nothing is in flight, and nothing is there to ask. */
  public void nothingElse(long now) {
    if (documents.areHeld()) {
      judge(account.nothingElse(everPassed(), documents.areFew()), now);
    }
  }

  private void silenceEnds(long now) {
    boolean byChance = run.wasUsual(Silence.ONCE_IN);
    run.clear();
    if (silence.isBlocked() && !byChance) {
      // What it let through, over the time that it took.
      double passing = Math.max(1e9, silence.since() - passesSince);
      double whole = Math.max(passing, (double) now - passesSince);
      capacity.blockEnds(passing / whole, newest, now);
    } else {
      capacity.outageEnds(newest, now);
    }
    passesSince = now;
  }

  /**
   * A call failed.
   *
   * @param othersWait whether other documents of the account are in flight or wait
   * @param now epoch nanoseconds
   */
  public Conclusion failed(Departed<D> call, Failure failure, boolean othersWait, long now) {
    call.prior = failure.isAboutTheAccount() ? Prior.ACCOUNT : failure.prior();
    call.failed(failure, newest);
    boolean late = order.landed(call, true, now);
    landed(call);
    if (call.prior.isOfCapacity()) {
      capacity.met(call.number, call.prior.isOfRate(), flying.size(), newest);
    }
    if (late) {
      decisions.count(call, true, everPassed(), newest, now);
    }
    Verdict verdict = Verdict.NONE;
    // One that failed before where others passed says nothing of the account.
    boolean known = call.isKnown || (call.asked.attempts() > 0 && othersPassed(call));
    if ((!call.prior.passes() || failure.wasAnswered()) && !known) {
      int status = failure.signature().status();
      boolean clear = failure.prior() == Prior.ACCOUNT && status != 403 && status != 404;
      call.refused = true;
      verdict = account.failed(call, failure, call.prior == Prior.ACCOUNT, clear, everPassed());
    }
    tick(now);
    verdict = verdict == Verdict.NONE ? account.look(everPassed(), newest, now) : verdict;
    judge(verdict, now);
    Conclusion conclusion =
        call.prior.passes()
            ? passing(call, failure, othersWait, now)
            : refusedForGood(call, failure);
    if (!call.prior.refuses() && othersPassed(call)) {
      call.asked.blame();
    }
    call.asked.failed(call.since);
    return conclusion;
  }

  /** A call of which nothing follows, as one for several that was refused for one of them. */
  public void split(Departed<D> call, long now) {
    call.fate = Departed.Fate.VOID;
    landed(call);
    tick(now);
  }

  private void landed(Departed<D> call) {
    flying.landed();
    silence.landed(call.number);
  }

  private void judge(Verdict verdict, long now) {
    if (verdict == Verdict.ACCOUNT && stop == null) {
      Failure common = account.common();
      if (common != null) {
        stop = words.account(common, account.failures(), everPassed(), now);
      }
    } else if (verdict == Verdict.DOCUMENTS) {
      account.over();
      documents.releaseAll();
    }
  }

  /** Refused for what is in it, or for whose it is. */
  private Conclusion refusedForGood(Departed<D> call, Failure failure) {
    // Nobody's but the document's, if others pass; where words say otherwise, once is not enough.
    boolean again = call.prior == Prior.ACCOUNT && call.asked.isNew(settings.maxAttempts());
    boolean counts = again && !failure.prior().passes();
    if (again && !counts) {
      // Told to wait for hours, and no attempt: but nothing is told so for ever.
      call.asked.turnedAway();
    }
    Then then = again ? Then.AGAIN : Then.DEAD;
    if (!othersPassed(call)) {
      documents.hold(call, then, counts);
      return Conclusion.of(stop == null ? Scope.UNKNOWN : Scope.ACCOUNT, Then.HELD, 0);
    }
    if (counts) {
      call.asked.count();
    }
    return Conclusion.of(Scope.DOCUMENT, then, 0);
  }

  /** Whether a call passed that left later than one that failed, in this run or an earlier one. */
  private boolean othersPassed(Departed<D> call) {
    long before = call.asked.lastFailed();
    return call.isKnown || passed > call.since || (before > 0 && passed > before);
  }

  /** It may pass later. */
  private Conclusion passing(Departed<D> call, Failure failure, boolean othersWait, long now) {
    boolean ofRate = call.prior.isOfRate();
    long hint = failure.hintNanos();
    if (!silence.isOn() && isFull(call.prior)) {
      fullAt = newest;
      capacity.full(flying.size(), newest, now);
      run.restart();
      return Conclusion.again(Scope.LOAD, waiting.own(call.asked.refusals(), hint));
    }
    boolean patient =
        call.prior == Prior.RATE
            && hint == 0
            && capacity.regime() == Regime.CALM
            && flying.isOneBefore(run.from());
    int times = patient ? PATIENT : 1;
    boolean allFailed = !everPassed() && !flying.isOneBefore(call.number);
    int told = allFailed ? Math.min(FEW, settings.maxConcurrent()) : Integer.MAX_VALUE;
    if (silence.isOn() || silence.begins(run, call.prior.refuses(), times, told, hint, now)) {
      return call.ofItself && silence.isOfFew()
          ? besideFew(call, failure, othersWait, now)
          : inSilence(call, failure, ofRate, now);
    }
    if (!call.prior.refuses()) {
      return broke(call, failure, othersWait, now);
    }
    call.asked.turnedAway();
    int few = call.prior.isOfCapacity() ? LEAST_REFUSALS : MOST_REFUSALS;
    int most = run.longest(ONCE_IN, few, MOST_REFUSALS);
    if (othersPassed(call) && call.asked.refusals() >= most) {
      return Conclusion.of(Scope.DOCUMENT, Then.DEAD, 0);
    }
    if (!call.prior.isOfCapacity()) {
      return Conclusion.again(Scope.CALL, waiting.own(call.asked.refusals(), Scope.CALL, hint));
    }
    boolean saysSo = ofRate && (failure.left() == Left.NOTHING || (hint > 0 && hint < EXACT));
    if (saysSo && capacity.explicit(call.number, newest, now)) {
      long until = waiting.pause(call.number, hint, newest, now);
      return new Conclusion(Scope.RATE, Then.AGAIN, 0, until, true);
    }
    Scope scope =
        switch (capacity.regime()) {
          case CALM -> Scope.UNKNOWN;
          case CHANCE -> Scope.CALL;
          case RATE -> Scope.RATE;
          case LOAD -> Scope.LOAD;
        };
    long wait = waiting.own(call.asked.refusals(), scope, hint);
    boolean known = scope == Scope.RATE;
    long until = known ? waiting.shortPause(call.number, hint, newest, now) : 0;
    return new Conclusion(scope, Then.AGAIN, wait, until, known);
  }

  /** A full server: what it has taken goes on, others are turned away until one passes again. */
  private boolean isFull(Prior prior) {
    return prior == Prior.LOAD
        && run.length() >= FULL
        && flying.isOneBefore(run.from())
        && (fullAt == 0 || passed > fullAt);
  }

  /** The server or the way to it broke, and it may have worked on it: that is an attempt. */
  private Conclusion broke(Departed<D> call, Failure failure, boolean othersWait, long now) {
    long wait = waiting.own(call.asked.attempts(), failure.hintNanos());
    if (!othersWait && everPassed() && failure.isAway() && !call.isKnown) {
      // Nothing else is there to tell whether it is away: see Silence.
      return Conclusion.again(Scope.UNKNOWN, wait);
    }
    int most = settings.maxAttempts();
    // What may have been paid for is no chance's to be asked more often, nor what failed before.
    boolean mayBePaid = failure.wasAnswered() || failure.worked();
    if (capacity.tolerated() > 0 && !mayBePaid && !call.isKnown) {
      most = Math.max(most, capacity.longestRun(SELDOM, 1, MOST_ATTEMPTS));
    }
    boolean nobodyElse = !othersWait && run.distinct() < Run.DISTINCT;
    if (call.asked.attempts() + 1 < most) {
      if (call.ofItself && silence.isOn()) {
        call.asked.count();
      } else {
        documents.count(call);
      }
      return Conclusion.again(Scope.UNKNOWN, wait);
    }
    return othersPassed(call) || nobodyElse || call.ofItself
        ? Conclusion.of(Scope.DOCUMENT, Then.DEAD, 0)
        : Conclusion.again(Scope.UNKNOWN, wait);
  }

  /** A document that fails by itself does not wait for what becomes of one or two others. */
  private Conclusion besideFew(Departed<D> call, Failure failure, boolean othersWait, long now) {
    if (silence.isProbe(call.number)) {
      long deadline = silence.deadline(everPassed(), settings.outage());
      silence.failed(failure.hintNanos(), silence.isBlocked(), deadline, now);
    }
    return broke(call, failure, othersWait, now);
  }

  private Conclusion inSilence(Departed<D> call, Failure failure, boolean ofRate, long now) {
    if (capacity.isTrying()) {
      capacity.abandonTrial(newest, now);
    }
    documents.takeBack(silence.from());
    long deadline = silence.deadline(everPassed(), settings.outage());
    if (silence.isProbe(call.number)) {
      silence.failed(failure.hintNanos(), ofRate, deadline, now);
      if (now >= deadline) {
        if (!ofRate && everPassed() && silence.givesUp(call.asked.isBlamed(), now)) {
          return Conclusion.of(Scope.DOCUMENT, Then.DEAD, 0);
        }
        stop = words.silence(failure, silence, everPassed(), now);
      }
    }
    Scope scope = silence.isBlocked() ? Scope.RATE : Scope.OUTAGE;
    long pause = silence.isBlocked() ? silence.nextAt() : 0;
    return new Conclusion(scope, Then.AGAIN, 0, pause, false);
  }

  // ---- what time brings ----------------------------------------------------------------------

  private void tick(long now) {
    order.decide(now, call -> decisions.count(call, false, everPassed(), newest, now));
    capacity.tick(now);
  }
}
