package io.sluice.internal.capacity;

import org.jspecify.annotations.Nullable;

/**
 * Why some calls fail while others pass: chance, our rate, or how many are in flight. Pure
 * arithmetic over given times. Not thread-safe.
 *
 * <p><b>It is found out by trying.</b> {@link ShareTest} says that more fail than is tolerated.
 * Then what passed is what the provider can take, if it is a limit of any kind: we send a little
 * less than that, and {@link Trial} tells whether the failures end. If they do, it is the rate's,
 * and {@link Pace} looks for what there is. If not, the rate goes back to what it was, and a window
 * a little smaller than the calls that stayed in flight is tried in the same way ({@link
 * CallWindow}). If that does not help either, it is chance: that share is tolerated, and costs the
 * calls that it meets. Where the failures look like an overload, the window is tried first.
 *
 * <p><b>What it costs.</b> The share is measured anew after the alarm, in {@link Sample}s of 12 to
 * 64 calls, because what raises an alarm looks larger than it is. A trial sends less by that share
 * and what it may be more: of a share of 4% that is some 200 calls at nine tenths of the rate, of
 * 30% some 20 at a third. Each one that shows nothing makes the next need more ({@link ShareTest}).
 * Whether it may be the window is seen without trying, where the number in flight differed from
 * call to call ({@link Crowd}).
 *
 * <p><b>What is known stays known, and is doubted.</b> While the rate is bound, two refusals near
 * the rate at which they began before are enough to step back ({@link StepsBack}); far below it, it
 * is asked anew. Where they begin at a lower rate again and again, the full rate is tried: if it
 * was the rate, a few refusals say so ({@link Doubt}). A share of a quarter and more that is
 * tolerated is looked into again after 4,000 calls, then after twice as many. Calls that left
 * before a change say nothing of it.
 */
public final class Capacity {
  /** Why calls fail, as far as is known. */
  public enum Regime {
    /** Few fail, or it is not known yet. */
    CALM,
    /** By chance: as many fail whatever we do. */
    CHANCE,
    /** Fewer fail when we send more slowly. */
    RATE,
    /** Fewer fail with fewer in flight. */
    LOAD
  }

  /** What is sent at least of what was sent, while it is tried, and after that was not enough. */
  private static final double DEEPEST = 0.3;

  private static final double DEEPER = 0.4;

  /** A share from which what passes cannot be told. */
  private static final double NEARLY_ALL = 0.8;

  /** Calls are turned away with far fewer in flight than was thought. */
  private static final double FEWER = 0.6;

  /** A share that leaves little of the quota. */
  private static final double MUCH = 0.2;

  /** A tolerated share above this is looked into again, after so many calls at first. */
  private static final double MATTERS = 0.25;

  private static final int FIRST_AGAIN = 4_000;
  private static final int MOST_AGAIN = 64_000;
  private static final double BELOW = 0.95;

  private final ShareTest test = new ShareTest();
  private final Pace pace = new Pace();
  private final StepsBack back = new StepsBack(pace);
  private final Doubt doubtOfLoad = new Doubt();
  private final CallWindow window;
  private final Speed speed = new Speed();
  private final Sample sample = new Sample();

  private Regime regime = Regime.CALM;
  private @Nullable Trial trial;
  private @Nullable Lever tried;
  private @Nullable Lever other;
  private double before;
  private double shareBefore;
  private double target;
  private double taken;
  private boolean deeper;
  private boolean measuring;

  /** Whether it is measured because it has been long, and not for an alarm. */
  private boolean scheduled;

  private int again = FIRST_AGAIN;

  private long epoch;

  /** Whether the rate was tried, and it may be the window all the same. */
  private boolean windowFirst;

  private int rateLike;
  private int loadLike;

  /**
   * @param maxConcurrent how many calls may be in flight at most, 1 or more
   */
  public Capacity(int maxConcurrent) {
    this.window = new CallWindow(maxConcurrent);
  }

  /** The share of the stated limits that is to be sent; above 0, at most 1. */
  public double pace(long now) {
    return pace.at(now);
  }

  /** How many calls may be in flight. */
  public int window() {
    return window.limit();
  }

  /**
   * When a call may leave, as far as the window is concerned: a time that is not later than now,
   * when it will have grown, or {@link Long#MAX_VALUE} where only the end of a call makes room.
   */
  public long readyAt(int inFlight, long now) {
    return window.readyAt(inFlight, now);
  }

  public Regime regime() {
    return regime;
  }

  /** The share of failures that nothing we do makes less. */
  public double tolerated() {
    return test.tolerated();
  }

  /** How many calls may fail one after another by the share that is tolerated. */
  public int longestRun(double likelihood, int atLeast, int atMost) {
    return test.longestRun(likelihood, atLeast, atMost);
  }

  /** Calls up to this number say nothing of the present rate and window. */
  public long epoch() {
    return epoch;
  }

  public boolean isTrying() {
    return trial != null;
  }

  /**
   * A call leaves.
   *
   * @param cost the share of a minute's quota that it takes
   */
  public void departed(double cost, long now) {
    speed.add(cost, now);
  }

  /**
   * A failure has landed.
   *
   * @param number of the call
   * @param ofRate whether it looks like a refusal for the rate, and not like an overload
   * @param inFlight those that are left
   * @param newest the number of the last call that left
   */
  public void met(long number, boolean ofRate, int inFlight, long newest) {
    sample.met(inFlight);
    rateLike = fade(rateLike, ofRate);
    loadLike = fade(loadLike, !ofRate);
    if (regime == Regime.LOAD
        && trial == null
        && number > epoch
        && test.tolerated() == 0
        && window.isNear()) {
      if (doubtOfLoad.arises(inFlight < window.ceiling())) {
        regime = Regime.CALM;
        window.free(window.now());
      } else {
        window.bound(inFlight);
      }
      next(newest);
    }
  }

  private static int fade(int count, boolean one) {
    return count - count / 16 + (one ? 16 : 0);
  }

  /**
   * A call is decided: it failed, or it passed. In the order in which they left.
   *
   * @param inFlight how many others were in flight when it left
   * @param cost the share of a minute's quota that it takes
   * @param newest the number of the last call that left
   */
  public void decided(
      long number, int inFlight, double cost, boolean failed, long newest, long now) {
    back.passed(failed ? 0 : cost);
    if (number <= epoch) {
      return;
    }
    if (trial != null) {
      sample.add(inFlight, failed);
      switch (trial.add(failed)) {
        case OPEN -> {}
        case HELPS -> helps(newest, now);
        case NO_HELP -> noHelp(trial, newest, now);
      }
      return;
    }
    if (measuring) {
      sample.add(inFlight, failed);
      measure(newest, now);
      return;
    }
    boolean alarm = test.add(failed);
    if (!failed) {
      return;
    }
    if (regime == Regime.RATE && test.isSuspicious() && back.isDue(test.calls(), now)) {
      stepBack(newest, now);
    } else if (alarm) {
      beginToMeasure();
    } else if (test.tolerated() > MATTERS && test.calls() >= again) {
      // What was chance may be something else by now, or was so then.
      again = Math.min(MOST_AGAIN, 2 * again);
      beginToMeasure();
      scheduled = true;
    }
  }

  private void beginToMeasure() {
    measuring = true;
    scheduled = false;
    sample.begin();
  }

  /** What raised the alarm is more than its usual share: that is measured anew. */
  private void measure(long newest, long now) {
    if (!sample.isEnough()) {
      return;
    }
    measuring = false;
    test.restart();
    boolean usual = test.explains(sample.failed(), sample.calls());
    if (usual && !(scheduled && sample.failed() > 1)) {
      return;
    }
    if (!sample.isMuch() && window.isOpening()) {
      // It would be tried at a rate and a window that are not what they will be.
      beginToMeasure();
      return;
    }
    sample.end(speed.share(now));
    boolean rate = rateLike >= loadLike && !sample.setsApart() && !windowFirst;
    windowFirst = false;
    other = rate ? Lever.WINDOW : Lever.RATE;
    pull(rate ? Lever.RATE : Lever.WINDOW, newest, now);
  }

  /** A call was answered. */
  public void answered() {
    window.answered();
  }

  /**
   * The provider says that nothing is left: no trial is needed to know that it is the rate.
   *
   * @return false where what was found out contradicts it
   */
  public boolean explicit(long number, long newest, long now) {
    if (regime == Regime.CHANCE || trial != null) {
      return false;
    }
    if (number > epoch && (regime != Regime.RATE || pace.isNear(now))) {
      regime = Regime.RATE;
      stepBack(newest, now);
    }
    return true;
  }

  /** Another way of counting would have foreseen the refusals: the rate needs not be lower. */
  public void understood(long newest) {
    if (regime == Regime.RATE) {
      pace.free();
      next(newest);
    }
  }

  private void stepBack(long newest, long now) {
    if (!back.step(test.calls(), speed.callsPerNano(now), now)) {
      // Is it the rate at all? At the full rate that is soon seen; it may be the window.
      regime = Regime.CALM;
      windowFirst = true;
      pace.free();
    }
    next(newest);
  }

  private void cutDeeper(Trial result, long newest, long now) {
    sample.pool();
    trial = sample.trial();
    if (tried == Lever.RATE) {
      taken = target * result.passesAtMost();
      target *= Math.max(DEEPEST, Math.min(DEEPER, (1 - result.share()) * BELOW));
      pace.hold(target);
    } else {
      target = Math.max(1, CallWindow.CUT * sample.least());
      sample.watch();
      window.hold(target);
    }
    next(newest);
  }

  private void pull(Lever lever, long newest, long now) {
    tried = lever;
    deeper = false;
    trial = sample.trial();
    shareBefore = trial.before();
    double passes = 1 - shareBefore;
    if (lever == Lever.RATE) {
      before = pace.at(now);
      // A share that few calls tell may be larger than it looks.
      double error = Math.sqrt(shareBefore * passes / sample.calls());
      double most = Math.min(before, sample.sent());
      taken = most * passes;
      target = most * Math.max(DEEPEST, BELOW * passes - error);
      pace.hold(target);
    } else {
      before = window.now();
      target = Math.max(1, Math.min(before, sample.stayed()) * CallWindow.CUT);
      window.hold(target);
      sample.watch();
    }
    next(newest);
  }

  private void helps(long newest, long now) {
    test.forget();
    if (tried == Lever.RATE) {
      regime = Regime.RATE;
      back.begin(now);
      double most = shareBefore > NEARLY_ALL ? (target + before) / 2 : Math.max(target, taken);
      pace.cut(target, most, speed.callsPerNano(now) * most / target, now);
    } else {
      regime = Regime.LOAD;
      window.bound(target / CallWindow.CUT);
    }
    end(newest);
  }

  /**
   * It was not enough, or it is something else. Where most still fail, or more than before, what
   * the provider takes may be less than it seemed: then more of the same tells.
   */
  private void noHelp(Trial result, long newest, long now) {
    boolean more =
        tried == Lever.WINDOW
            ? sample.least() < FEWER * target
            : sample.share() > MUCH || result.share() > shareBefore + MUCH;
    if (more && !deeper) {
      deeper = true;
      cutDeeper(result, newest, now);
      return;
    }
    putBack(now);
    Lever next = other;
    other = null;
    if (next == Lever.RATE || (next == Lever.WINDOW && !sample.isNoMatter())) {
      pull(next, newest, now);
      return;
    }
    regime = Regime.CHANCE;
    pace.free();
    test.tolerate(sample.share(), sample.calls());
    end(newest);
  }

  private void putBack(long now) {
    if (tried == Lever.RATE) {
      if (before >= 1) {
        pace.free();
      } else {
        pace.cut(before, before, speed.callsPerNano(now), now);
      }
    } else {
      window.free(before);
    }
  }

  /** The server is full: what it has taken goes on, and all others are turned away. */
  public void full(int inFlight, long newest, long now) {
    abandonTrial(newest, now);
    regime = Regime.LOAD;
    window.bound(inFlight);
    next(newest);
  }

  /** Something else is the matter: what was tried says nothing. */
  public void abandonTrial(long newest, long now) {
    if (trial != null) {
      putBack(now);
      end(newest);
    }
  }

  /** The provider is back: what its server could take before may be more or less now. */
  public void outageEnds(long newest, long now) {
    abandonTrial(newest, now);
    regime = regime == Regime.LOAD ? Regime.CALM : regime;
    window.reopen(now);
    next(newest);
  }

  /**
   * The limit let nothing through for a time, and passes calls again.
   *
   * @param share of the present rate that passed, over the time before and this one
   */
  public void blockEnds(double share, long newest, long now) {
    regime = Regime.RATE;
    back.begin(now);
    double passes = Math.min(1, share * pace.at(now));
    pace.cut(passes * BELOW, passes, speed.callsPerNano(now), now);
    next(newest);
  }

  private void end(long newest) {
    trial = null;
    other = null;
    next(newest);
  }

  private void next(long newest) {
    epoch = newest;
    measuring = false;
    test.restart();
  }

  /** Looks whether what was concluded still holds. */
  public void tick(long now) {
    boolean over =
        switch (regime) {
          case CALM -> false;
          case CHANCE -> test.tolerated() == 0;
          case RATE -> trial == null && pace.isFree(now);
          case LOAD -> !window.isLoaded() && trial == null;
        };
    if (over) {
      regime = Regime.CALM;
    }
  }
}
