package io.sluice.internal.cascade.prospect;

import io.sluice.Cascade;
import io.sluice.Cascade.Of;
import io.sluice.internal.cascade.Cascading;
import io.sluice.internal.cascade.Curve;
import io.sluice.internal.cascade.Terms;
import io.sluice.internal.cascade.prospect.Prospect.Guessed;
import io.sluice.internal.cascade.prospect.Prospect.Job;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A job as it would go if its rows were like some: the rows that wait are proven at once, those
 * that come later by audits, and what these leave unproven once more as rows that wait. Immutable.
 */
final class Course {
  private static final int STEPS = 50;
  private static final int TENTHS = 10;

  /** So often is it tried what was not proven. */
  private static final int MOST_EPOCHS = 3;

  private final Cascade cascade;
  private final Terms terms;
  private final Job job;
  private final int groups;
  private final double learning;

  /**
   * @param labels that there are
   * @param learning seconds that the small model takes to learn
   */
  Course(Cascade cascade, Terms terms, Job job, int labels, double learning) {
    this.cascade = cascade;
    this.terms = terms;
    this.job = job;
    this.groups = terms.groups(labels);
    this.learning = learning;
  }

  /** Requests that the small model answers. */
  double saved(List<Guessed> rows, SplittableRandom random) {
    return saved(rows, job.requests(), 1, random);
  }

  private double saved(List<Guessed> rows, double requests, int epoch, SplittableRandom random) {
    int members = (int) Math.min(requests, job.mostWaiting());
    if (members < Cascading.FEWEST_ROWS) {
      return 0;
    }
    int sample = terms.sample(members);
    double known = epoch == 1 ? (double) job.known() / job.requests() : 0;
    double waiting = Math.max(0, members - askedMeanwhile(sample)) * (1 - known);
    Terms.Pool pool = new Terms.Pool(members, members - sample / 2, sample / 2);
    List<Curve> curves = curves(rows, pool, waiting, random);
    double share = 0;
    double left = 0;
    for (int group = 0; group < groups; group++) {
      Terms.Proof proof = terms.ofPool(curves.get(group), epoch, groups, pool);
      left += terms.left(pool, proof);
      share += share(rows, group, proof.threshold());
    }
    return inTime(share, cascade.of() != Of.ALL) * waiting
        + later(rows, (requests - members) * (1 - known), curves, pool, left, epoch, random);
  }

  /** Rows that are asked until the small model can answer. */
  private double askedMeanwhile(int sample) {
    if (Double.isInfinite(job.seesPerSecond())) {
      return sample;
    }
    // Until the last of the sample is answered, and then until it is learnt from.
    double more = job.slowestSeconds() + learning;
    double seconds = Math.max(sample / job.asksPerSecond(), sample / job.seesPerSecond()) + more;
    boolean isSlow = job.seesPerSecond() < job.asksPerSecond();
    double asked = isSlow ? seconds * job.asksPerSecond() : sample + more * job.asksPerSecond();
    return asked + job.ahead();
  }

  /**
   * The share that is answered of rows that would be, as the quota does not wait for them. It asks
   * about what is left of it beside those that are looked at; before there is a small model, as
   * long as all rows have to be looked at for that, about all that it can.
   */
  private double inTime(double share, boolean isBefore) {
    if (job.seesPerSecond() >= job.asksPerSecond()) {
      return share;
    }
    double both = job.asksPerSecond() + (isBefore ? job.seesPerSecond() : 0);
    return share * job.seesPerSecond() / both;
  }

  private double later(
      List<Guessed> rows,
      double requests,
      List<Curve> curves,
      Terms.Pool pool,
      double left,
      int epoch,
      SplittableRandom random) {
    if (requests <= 0) {
      return 0;
    }
    double[] answered = new double[groups];
    double[] wrong = new double[groups];
    List<Guessed> held = new ArrayList<>();
    double all = 0;
    for (int group = 0; group < groups; group++) {
      float threshold =
          terms.ofFlow(
              curves.get(group),
              pool,
              new Terms.Flow(left, 0, 0, 0),
              epoch,
              groups,
              job.mostWaiting());
      for (Guessed row : rows) {
        if (terms.group(row.label()) == group && row.probability() >= threshold) {
          answered[group] += requests / rows.size();
          wrong[group] += row.isWrong() ? requests / rows.size() : 0;
          held.add(row);
        }
      }
      all += answered[group];
    }
    if (!terms.holds()) {
      return inTime(all / requests, false) * requests * (1 - cascade.audit());
    }
    for (int tenths = TENTHS; tenths > 0; tenths--) {
      double part = (double) tenths / TENTHS;
      if (isProven(part, requests, left, answered, wrong, epoch)) {
        double rest = all * (1 - part);
        return inTime(all / requests, false) * part * requests * (1 - cascade.audit())
            + (epoch < MOST_EPOCHS ? saved(held, rest, epoch + 1, random) : 0);
      }
    }
    return epoch < MOST_EPOCHS ? saved(held, all, epoch + 1, random) : 0;
  }

  private boolean isProven(
      double part, double requests, double left, double[] answered, double[] wrong, int epoch) {
    for (int group = 0; group < groups; group++) {
      long audited = Math.round(part * answered[group] * cascade.audit());
      Terms.Flow flow =
          new Terms.Flow(
              left + part * requests,
              Math.round(part * answered[group]) - audited,
              audited,
              Math.round(part * wrong[group] * cascade.audit()));
      if (answered[group] > 0 && terms.spare(flow, epoch, groups) < 0) {
        return false;
      }
    }
    return true;
  }

  private double share(List<Guessed> rows, int group, float threshold) {
    long those =
        rows.stream()
            .filter(row -> terms.group(row.label()) == group && row.probability() >= threshold)
            .count();
    return (double) those / rows.size();
  }

  /** What a test that is drawn from some rows says of thresholds. */
  private List<Curve> curves(
      List<Guessed> rows, Terms.Pool pool, double waiting, SplittableRandom random) {
    int[] tested = new int[rows.size()];
    for (int i = 0; i < pool.sampled(); i++) {
      tested[random.nextInt(tested.length)]++;
    }
    List<Curve> curves = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      curves.add(curve(rows, group, tested, waiting));
    }
    return curves;
  }

  private Curve curve(List<Guessed> rows, int only, int[] tested, double waiting) {
    List<Curve.Point> points = new ArrayList<>();
    long size = rows.stream().filter(row -> terms.group(row.label()) == only).count();
    int count = 0;
    int sampled = 0;
    int wrong = 0;
    long next = 1;
    for (int i = 0; i < rows.size(); i++) {
      Guessed row = rows.get(i);
      if (terms.group(row.label()) != only) {
        continue;
      }
      count++;
      sampled += tested[i];
      wrong += row.isWrong() ? tested[i] : 0;
      // As in a run, a threshold is never within equals.
      if (count * STEPS < next * size || count < size && isLikeNext(rows, i, only)) {
        continue;
      }
      if (sampled >= Curve.FEWEST) {
        int unseen = (int) Math.round(waiting * count / rows.size());
        points.add(new Curve.Point(row.probability(), unseen, sampled, wrong));
      }
      next = count * STEPS / size + 1;
    }
    return new Curve(points);
  }

  private boolean isLikeNext(List<Guessed> rows, int at, int group) {
    int next = at + 1;
    while (terms.group(rows.get(next).label()) != group) {
      next++;
    }
    return rows.get(next).probability() == rows.get(at).probability();
  }
}
