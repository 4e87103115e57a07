package io.sluice.internal.cascade;

import io.sluice.Cascade;
import io.sluice.Cascade.Of;
import java.util.ArrayList;
import java.util.List;

/**
 * The promise, and what keeps it. Immutable.
 *
 * <p>Everything rests on draws by fingerprint from rows that are there, and nothing on the rows
 * themselves: no order of the input, no drift and no error of the small model can break more than
 * chance can. What may go wrong by chance, {@code 1 - confidence}, is shared out: to epoch {@code
 * e}, which is a small model and the rows it was given, {@code 1 / (e (e + 1))} of it, which sums
 * to one over however many; of that one half to its pool, one half to its flow.
 *
 * <p><b>The pool</b> is the rows that were known when it learnt. A random part of them, drawn
 * without putting back, was answered by the task's model and not learnt from. For a threshold
 * {@code t} the number of wrong ones among the pool's rows with a probability of {@code t} or more
 * has an exact upper bound, the hypergeometric one (that of Clopper and Pearson for rows that do
 * not come again). Thresholds are tried from strict to loose, each with the whole of what may go
 * wrong, up to the first that fails: to go wrong, the first that is in truth too loose has to be
 * accepted, so that no correction for many tests is lost (fixed-sequence testing: Maurer, Hothorn
 * and Lehmacher 1995; for calibrated models Angelopoulos et al., Learn then Test, 2021).
 *
 * <p><b>The flow</b> is the rows that come after. There the threshold is fixed before a row comes,
 * audits go on, and {@link AuditBound} holds at any time. A row leaves when the bound on all rows
 * of the flow up to it is within what is allowed.
 *
 * <p>{@link Of#ALL} allows {@code 1 - agreement} of the pool's rows in the pool and of the flow's
 * in the flow, so that it is allowed of all. {@link Of#ANSWERED} allows it of the rows that the
 * small model answers, {@link Of#LABEL} of those of each answer, each with its share of what may go
 * wrong.
 */
public final class Terms {
  /** A served row is wrong no more often than so many times what is allowed of all. */
  private static final double WORST_SERVED = 2;

  /** Beyond this chance audits have seen too much. */
  private static final double DOUBT = 0.001;

  /** Nothing is answered. */
  public static final float NONE = Float.POSITIVE_INFINITY;

  private final Cascade cascade;
  private final double allowed;
  private final AuditBound audits;

  public Terms(Cascade cascade) {
    this.cascade = cascade;
    this.allowed = 1 - cascade.agreement();
    this.audits = new AuditBound(cascade.audit());
  }

  /** Which rows are proven together, of some that guess a label. */
  public int group(int label) {
    return cascade.of() == Of.LABEL ? label : 0;
  }

  /** How many groups there are, of so many labels. */
  public int groups(int labels) {
    return cascade.of() == Of.LABEL ? labels : 1;
  }

  /** What may go wrong in an epoch's pool, and as much in its flow, for each group. */
  private double chance(int epoch, int groups) {
    return (1 - cascade.confidence()) / (2.0 * epoch * (epoch + 1) * groups);
  }

  /** The curves of rows by group. */
  public List<Curve> curves(List<Curve.Row> rows, int labels) {
    List<Curve> curves = new ArrayList<>();
    for (int group = 0; group < groups(labels); group++) {
      int only = group;
      curves.add(Curve.of(rows.stream().filter(row -> group(row.label()) == only).toList()));
    }
    return curves;
  }

  // ---- the pool -------------------------------------------------------------------------------

  /**
   * The rows that were there when a small model learnt.
   *
   * @param all of them
   * @param unlearnt those that it did not learn from
   * @param sampled of those, drawn at random and answered by the task's model
   */
  public record Pool(int all, int unlearnt, int sampled) {}

  /**
   * What is proven for a pool.
   *
   * @param threshold {@link #NONE} where nothing is
   * @param wrong unseen wrong rows at most
   */
  public record Proof(float threshold, int wrong) {}

  /**
   * The loosest threshold that is proven for a pool.
   *
   * @param epoch from 1
   */
  public Proof ofPool(Curve curve, int epoch, int groups, Pool pool) {
    double delta = chance(epoch, groups);
    double fewest = cascade.of() == Of.ALL ? 0 : fewest(curve, pool, delta);
    Proof proven = new Proof(NONE, 0);
    for (Curve.Point point : curve.points()) {
      if (point.unseen() < fewest) {
        continue;
      }
      int wrong = wrong(point.wrong(), pool, delta);
      // Wrong ones that were found are answered by the task's model, so that of all rows they are
      // counted out. As unseen ones only grow from threshold to threshold, how many are found
      // before one too many is unseen is negative hypergeometric, with the tail of this very test.
      boolean isProven =
          cascade.of() == Of.ALL
              ? wrong - point.wrong() <= allowed * pool.all()
              : wrong <= allowed * point.unseen();
      if (!isProven || !isWorthIt(point)) {
        break;
      }
      proven = new Proof(point.threshold(), wrong - point.wrong());
    }
    return proven;
  }

  /**
   * What is proven for a pool, by group.
   *
   * @param left rows of which a share may still be wrong
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Proven(float[] thresholds, double left) {
    boolean isAny() {
      for (float threshold : thresholds) {
        if (threshold <= 1) {
          return true;
        }
      }
      return false;
    }
  }

  Proven ofPool(Version version) {
    int groups = version.curves().size();
    float[] thresholds = new float[groups];
    double left = 0;
    for (int group = 0; group < groups; group++) {
      Proof proof = ofPool(version.curves().get(group), version.epoch(), groups, version.pool());
      thresholds[group] = proof.threshold();
      left += left(version.pool(), proof);
    }
    return new Proven(thresholds, left);
  }

  /**
   * With fewer rows a sample would fail that has two wrong ones, or none where there is no more to
   * be had: it would be no test. This looks at sizes alone.
   */
  private double fewest(Curve curve, Pool pool, double delta) {
    int most = curve.points().stream().mapToInt(Curve.Point::unseen).max().orElse(0);
    int luck = 2;
    while (luck > 0 && wrong(luck, pool, delta) > allowed * most) {
      luck--;
    }
    return wrong(luck, pool, delta) / allowed;
  }

  private static int wrong(int found, Pool pool, double delta) {
    return Bounds.ofDrawn(pool.unlearnt(), pool.sampled(), found, delta);
  }

  /** Under {@link Of#ALL} a model that knows nothing could answer few rows by guessing. */
  private boolean isWorthIt(Curve.Point point) {
    double most = WORST_SERVED * allowed * point.sampled();
    return point.wrong() <= most + 2 * Math.sqrt(most);
  }

  // ---- the flow -------------------------------------------------------------------------------

  /**
   * What an epoch's flow has come to, of one group.
   *
   * @param rows of which a share may be wrong: under {@link Of#ALL} all of the flow, of all groups,
   *     however answered, and what earlier rows have left of theirs; else {@code answered}
   * @param answered rows of the group that the small model answers: not the audited ones
   * @param audited of the group
   * @param found wrong ones of those
   */
  public record Flow(double rows, long answered, long audited, long found) {}

  /** What is allowed and surely not used up, in rows; below zero where it is not proven. */
  public double spare(Flow flow, int epoch, int groups) {
    return -excess(flow.rows(), flow.answered(), flow.found(), chance(epoch, groups)) / allowed;
  }

  /** Unseen wrong rows at most, beyond what is allowed. */
  private double excess(double rows, double answered, double found, double delta) {
    double base = cascade.of() == Of.ALL ? rows : answered;
    return audits.upper(found, delta) - found - allowed * base;
  }

  /** The share of answered rows that are wrong at most. */
  public double upperShare(Flow flow, int epoch, int groups) {
    double unseen = audits.upper(flow.found(), chance(epoch, groups)) - flow.found();
    return flow.answered() == 0 ? 0 : Math.min(1, unseen / flow.answered());
  }

  /**
   * The loosest threshold with which what comes next is likely to be proven before it is too much
   * to hold. Only savings depend on whether it is; but where nothing is held back, the pool stands
   * for all that comes.
   *
   * @param curve of the pool's rows that guess a label of the group
   * @param held answered rows that can be held back at most
   */
  public float ofFlow(Curve curve, Pool pool, Flow flow, int epoch, int groups, int held) {
    double delta = chance(epoch, groups);
    float best = NONE;
    for (Curve.Point point : curve.points()) {
      if (cascade.recheck()) {
        if (!isWorthIt(point)) {
          break;
        }
        best =
            isLikely(point, pool, flow, delta, (double) held / groups) ? point.threshold() : best;
      } else if (cascade.of() == Of.ALL) {
        if (Bounds.ofShare(pool.sampled(), point.wrong(), delta) > allowed || !isWorthIt(point)) {
          break;
        }
        best = point.threshold();
      } else if (Bounds.ofShare(point.sampled(), Math.min(2, point.sampled()), delta) <= allowed) {
        if (Bounds.ofShare(point.sampled(), point.wrong(), delta) > allowed) {
          break;
        }
        best = point.threshold();
      }
    }
    return best;
  }

  private boolean isLikely(Curve.Point point, Pool pool, Flow flow, double delta, double more) {
    double rows = more * pool.sampled() / point.sampled();
    double wrong = (point.wrong() + 0.5) / (point.sampled() + 1) * more;
    double found = flow.found() + cascade.audit() * wrong;
    return excess(flow.rows() + rows, flow.answered() + more, found, delta) <= 0;
  }

  /**
   * Whether audits have found more than chance explains.
   *
   * @param rows since what was proven last, of all groups
   * @param audited of the group's since then
   * @param found wrong ones of those
   */
  public boolean isInDoubt(long rows, long audited, long found) {
    double answered = Math.max(1, audited / cascade.audit());
    double share = cascade.of() == Of.ALL ? allowed * Math.max(1, rows / answered) : allowed;
    return Bounds.isMoreThan(share, (int) audited, (int) found, DOUBT);
  }

  /** The share of rows whose task's model is asked about all the same. */
  public double audit() {
    return cascade.audit();
  }

  /** Of a small pool one row in so many is asked about. */
  int rowsToSample() {
    return cascade.of() == Of.LABEL ? 5 : 8;
  }

  /** How many rows of a pool are asked about, to be learnt from and to be tested by. */
  public int sample(int rows) {
    return Math.min(mostSampled(), Math.max(Cascading.FEWEST_ANSWERS, rows / rowsToSample()));
  }

  /** Whether rows that the task's model answers let as many more be wrong as others do. */
  boolean countsAsked() {
    return cascade.of() == Of.ALL;
  }

  /** Whether it has to be known how many rows of the pool would be answered. */
  boolean needsAll() {
    return cascade.of() != Of.ALL;
  }

  /** How many rows of a pool are asked about at most. */
  int mostSampled() {
    return cascade.train();
  }

  /** Whether rows wait until they are proven. */
  public boolean holds() {
    return cascade.recheck();
  }

  /** What a pool has left, in rows. */
  public double left(Pool pool, Proof proof) {
    return cascade.of() == Of.ALL ? Math.max(0, pool.all() - proof.wrong() / allowed) : 0;
  }
}
