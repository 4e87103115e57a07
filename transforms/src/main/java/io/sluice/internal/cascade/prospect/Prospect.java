package io.sluice.internal.cascade.prospect;

import io.sluice.Cascade;
import io.sluice.internal.cascade.Cascading;
import io.sluice.internal.cascade.Draw;
import io.sluice.internal.cascade.Terms;
import io.sluice.internal.cascade.learning.Features;
import io.sluice.internal.cascade.learning.SmallModel;
import io.sluice.internal.cascade.learning.SmallModel.Example;
import io.sluice.internal.cascade.learning.SmallModel.Guess;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What a cascade would save of a job, by a sample of answers. Immutable.
 *
 * <p>The sample is guessed in {@value #FOLDS} parts, each by a small model that has learnt from the
 * others (cross-validation), from no more answers than the job's would. That says with which
 * probabilities the small model answers, and how often it is wrong above each. Then jobs are {@link
 * Course played}: each draws its rows anew from the sample (a bootstrap), and its test from those,
 * and holds them against the {@link Terms} of a run. The middle of what they save is expected, the
 * middle 95% of them are the interval. What chance does not explain widens it: its lower end is
 * that of a worker of half the speed, its upper end that of one that has its processor to itself
 * and is somewhat faster, with half the time for answers and nothing asked ahead. Where the job
 * learns from more answers than the sample has, the upper end goes up by what the last doubling of
 * answers has brought, for each doubling to come.
 *
 * @param learntFrom answers, for each part
 * @param learnsFrom answers that the job's small model has to learn from, about
 * @param share of the job's requests that are not paid for; all are 0 where nothing is
 * @param why it would not pay, for a person; empty where it would
 */
public record Prospect(int learntFrom, int learnsFrom, Span share, String why) {
  /** A sample of fewer says nothing. */
  public static final int FEWEST = 100;

  private static final int FOLDS = 5;
  private static final int JOBS = 100;
  private static final int TAIL = JOBS / 40;

  /** A worker is busy with the calls, and with other jobs. */
  private static final int BUSY = 2;

  /** What is measured is the first seconds of a process. */
  private static final double WARM = 1.25;

  /** Less is not worth the work. */
  private static final double LEAST_SHARE = 0.01;

  /**
   * A number and the interval that holds it 95% of the time.
   *
   * @param expected the middle
   */
  public record Span(double expected, double low, double high) {
    static final Span NONE = new Span(0, 0, 0);

    /** The same, with an interval that goes down to a number, and up to one. */
    Span wide(double lower, double upper) {
      return new Span(expected, Math.min(low, lower), Math.max(high, upper));
    }

    /** So many times as much. */
    public Span times(double factor) {
      return new Span(expected * factor, low * factor, high * factor);
    }
  }

  /**
   * An answer of the task's model.
   *
   * @param output as JSON
   */
  public record Known(String fingerprint, Features features, String output) {}

  /**
   * The job.
   *
   * @param requests of it, distinct ones
   * @param known those that were answered before
   * @param mostWaiting rows that may wait at once
   * @param asksPerSecond requests that the quota lets through; infinite in batches, where nothing
   *     is asked while the small model learns
   * @param seesPerSecond rows that the small model has time for; infinite in batches, where nothing
   *     goes on without it
   * @param seesAtBest the same, with the processor for itself
   * @param slowestSeconds what the slowest answer of the sample takes
   * @param ahead requests beyond the sample that are on their way when it is answered
   */
  public record Job(
      long requests,
      long known,
      int mostWaiting,
      double asksPerSecond,
      double seesPerSecond,
      double seesAtBest,
      double slowestSeconds,
      int ahead) {
    private Job with(double asks, double sees, double slowest, int more) {
      return new Job(requests, known, mostWaiting, asks, sees, seesAtBest, slowest, more);
    }

    /** The same on a worker that is {@value #BUSY} times as slow. */
    Job busy() {
      return with(asksPerSecond, seesPerSecond / BUSY, slowestSeconds, ahead);
    }

    /** The same on one that has nothing else to do, and that answers keep up with. */
    Job idle() {
      double sees = WARM * Math.max(seesPerSecond, seesAtBest);
      return with(asksPerSecond, sees, slowestSeconds / 2, 0);
    }

    /** The same, if nothing was asked that the small model could answer. */
    Job patient() {
      return with(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 0);
    }
  }

  /** Whether it is worth having. */
  public boolean pays() {
    return why.isEmpty();
  }

  /** Whether it could be worth having, though it is not likely to be. */
  public boolean mayPay() {
    return !pays() && share.high() >= LEAST_SHARE;
  }

  /** What a sample says of a job; the same of the same, but for how long learning takes here. */
  public static Prospect of(Cascade cascade, List<Known> sample, Job job) {
    return of(cascade, sample, job, Taken::new);
  }

  static Prospect of(Cascade cascade, List<Known> sample, Job job, Supplier<Taken> clock) {
    Terms terms = new Terms(cascade);
    int pool = (int) Math.min(job.requests(), job.mostWaiting());
    int learns = terms.sample(pool) / 2;
    int learnt = Math.min(learns, sample.size() - sample.size() / FOLDS);
    if (job.requests() < Cascading.FEWEST_ROWS) {
      return not(
          learnt,
          learns,
          String.format(
              Locale.ROOT,
              "a job of %,d requests asks all of them; a small model takes %,d",
              job.requests(),
              Cascading.FEWEST_ROWS));
    }
    if (job.requests() - job.known() < job.requests() / 10) {
      return not(learnt, learns, "nearly all of it is answered by the ledger");
    }
    if (sample.size() < FEWEST) {
      return not(
          learnt,
          learns,
          String.format(
              Locale.ROOT,
              "%,d answers say nothing of it; sample %,d or more",
              sample.size(),
              2 * FEWEST));
    }
    List<String> outputs =
        new ArrayList<>(
            sample.stream().map(Known::output).collect(Collectors.toCollection(TreeSet::new)));
    Taken taken = clock.get();
    List<Guessed> guessed = guessed(sample, outputs, learnt);
    double lessons = (double) FOLDS * learnt / learns;
    double learning = taken.seconds() / lessons;
    double atBest = taken.secondsAtBest() / lessons / WARM;
    int labels = outputs.size();
    Course course = new Course(cascade, terms, job, labels, learning);
    Span span = played(course, guessed, job);
    Job busy = job.busy();
    Course slow = new Course(cascade, terms, busy, labels, BUSY * learning);
    Course idle = new Course(cascade, terms, job.idle(), labels, atBest);
    double most = played(idle, guessed, job).high();
    if (learnt < learns) {
      List<Guessed> half = guessed(sample, outputs, learnt / 2);
      double gain = span.expected() - played(course, half, job).expected();
      most += Math.max(0, gain) * Math.log((double) learns / learnt) / Math.log(2);
    }
    span = span.wide(played(slow, guessed, busy).low(), Math.min(1, most));
    String why = "";
    if (span.expected() < LEAST_SHARE) {
      Job patient = job.patient();
      boolean isQuick =
          !job.equals(patient)
              && played(new Course(cascade, terms, patient, labels, 0), guessed, job).expected()
                  >= LEAST_SHARE;
      why =
          isQuick
              ? String.format(
                  Locale.ROOT,
                  "the quota lets %,.0f requests a second through and the small model reads %,.0f"
                      + " rows: when it has learnt, next to nothing is left",
                  job.asksPerSecond(),
                  job.seesPerSecond())
              : "what a small model has learnt from the sample would answer next to nothing that is"
                  + " proven";
    }
    return new Prospect(learnt, learns, span, why);
  }

  /** What jobs save. */
  private static Span played(Course course, List<Guessed> guessed, Job job) {
    SplittableRandom random = new SplittableRandom(1);
    double[] shares = new double[JOBS];
    for (int i = 0; i < JOBS; i++) {
      shares[i] = course.saved(drawn(guessed, random), random) / job.requests();
    }
    Arrays.sort(shares);
    return new Span(shares[JOBS / 2], shares[TAIL], shares[JOBS - 1 - TAIL]);
  }

  private static Prospect not(int learnt, int learns, String why) {
    return new Prospect(learnt, learns, Span.NONE, why);
  }

  /** A row as the small model sees it that has not learnt from it. */
  record Guessed(int label, float probability, boolean isWrong) {}

  private static List<Guessed> guessed(List<Known> sample, List<String> outputs, int most) {
    List<Known> order =
        sample.stream()
            .sorted(Comparator.comparingDouble(each -> Draw.of("prospect", each.fingerprint())))
            .toList();
    List<Guessed> all = new ArrayList<>();
    for (int fold = 0; fold < FOLDS; fold++) {
      List<Example> examples = new ArrayList<>();
      for (int i = 0; i < order.size(); i++) {
        Known each = order.get(i);
        if (i % FOLDS != fold && examples.size() < most) {
          examples.add(
              new Example(each.fingerprint(), each.features(), outputs.indexOf(each.output())));
        }
      }
      SmallModel model = SmallModel.fit(examples, outputs.size());
      for (int i = fold; i < order.size(); i += FOLDS) {
        Guess guess = model.guess(order.get(i).features());
        boolean isWrong = !outputs.get(guess.label()).equals(order.get(i).output());
        all.add(new Guessed(guess.label(), guess.probability(), isWrong));
      }
    }
    return all;
  }

  /** As many, with repetitions, the surest first. */
  private static List<Guessed> drawn(List<Guessed> all, SplittableRandom random) {
    List<Guessed> some = new ArrayList<>(all.size());
    for (int i = 0; i < all.size(); i++) {
      some.add(all.get(random.nextInt(all.size())));
    }
    some.sort(Comparator.comparingDouble(row -> -row.probability()));
    return some;
  }
}
