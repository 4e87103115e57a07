package io.sluice.pipeline.plan;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Stragglers;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.cost.Price.Rates;
import io.sluice.internal.provider.Providers;
import io.sluice.pipeline.task.JobTask;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a job of mode {@code auto} is delivered, and why.
 *
 * <p>Batches cost less and come when they come; real time costs more and keeps a pace that is
 * known. So everything goes into batches, and what they have not answered when real time needs the
 * rest of the time is taken out of them and asked in real time: the deadline is kept either way.
 * Where that would leave batches less than the time that most of them take, a share of the requests
 * is asked in real time from the beginning, which makes the rest smaller and its last moment later.
 *
 * @param realtimeShare of the requests, from the beginning: 0 is all in batches, 1 all in real time
 * @param why for people
 */
public record DeliveryPlan(double realtimeShare, Tier tier, String why) {
  /** What most batches take: hours are rare, and a day is all that is promised. */
  private static final Duration USUAL_BATCH = Duration.ofHours(2);

  /** Less is not worth a second way of asking. */
  private static final double LEAST_SHARE = 0.02;

  /** Guides to flex processing: a call takes up to a quarter of an hour, and may be turned away. */
  private static final Duration LEAST_FOR_FLEX = Duration.ofMinutes(30);

  /** How many times as long as at the quota flex may take. */
  private static final int SLOWER = 4;

  /**
   * As below, where real time has a flexible tier, too.
   *
   * @param task whose provider may have tiers; one that it asks for itself is left as it is
   */
  public static DeliveryPlan of(
      ModelTask task, Duration deadline, double realtimeSeconds, @Nullable Price price) {
    DeliveryPlan plan = of(deadline, realtimeSeconds, price);
    Tier own = task.provider().service().tier();
    Rates flex = price == null ? null : price.flex();
    if (own != Tier.STANDARD) {
      return new DeliveryPlan(plan.realtimeShare, own, plan.why);
    }
    if (price == null
        || flex == null
        || task.operation() == Operation.EMBED
        || !Providers.of(task).tiers(task.provider()).contains(Tier.FLEX)
        || !isLess(flex.inputPerMtok(), flex.outputPerMtok(), price)) {
      return plan;
    }
    double needed = Math.max(LEAST_FOR_FLEX.toSeconds(), SLOWER * realtimeSeconds);
    boolean insteadOfBatches =
        plan.realtimeShare >= 1
            || !isCheaperInBatches(price)
            || (flex.inputPerMtok().compareTo(price.batchInputPerMtok()) < 0
                && flex.outputPerMtok().compareTo(price.batchOutputPerMtok()) <= 0);
    if (!insteadOfBatches) {
      return plan;
    }
    String within = Durations.words(deadline.toSeconds());
    return deadline.toSeconds() < needed
        ? new DeliveryPlan(
            plan.realtimeShare,
            Tier.STANDARD,
            plan.why
                + "; the flex tier costs less and may take "
                + Durations.words(needed)
                + ", more than the "
                + within
                + " there are")
        : new DeliveryPlan(
            1,
            Tier.FLEX,
            "all in real time in the flex tier, which costs less than the standard one"
                + (isCheaperInBatches(price)
                    ? " and is not slower than the " + within + " allow, as batches may be"
                    : ", and batches of this model are not sold for less")
                + "; what finds no room there is asked in the standard tier");
  }

  private static boolean isLess(BigDecimal input, BigDecimal output, Price than) {
    int inputs = input.compareTo(than.inputPerMtok());
    int outputs = output.compareTo(than.outputPerMtok());
    return inputs <= 0 && outputs <= 0 && (inputs < 0 || outputs < 0);
  }

  /**
   * @param realtimeSeconds what everything would take in real time
   * @param price null where it is unknown
   */
  public static DeliveryPlan of(Duration deadline, double realtimeSeconds, @Nullable Price price) {
    String within = Durations.words(deadline.toSeconds());
    String realtime = Durations.words(realtimeSeconds);
    if (price != null && !isCheaperInBatches(price)) {
      return new DeliveryPlan(
          1, Tier.STANDARD, "all in real time: batches of this model are not sold for less");
    }
    double spare = deadline.toSeconds() - USUAL_BATCH.toSeconds();
    if (realtimeSeconds > deadline.toSeconds()) {
      double share = (double) deadline.toSeconds() / realtimeSeconds;
      return new DeliveryPlan(
          share,
          Tier.STANDARD,
          Numbers.percent(share)
              + " in real time and the rest in batches: real time alone takes "
              + realtime
              + ", more than the "
              + within
              + " there are; batches have until then");
    }
    if (spare <= 0) {
      return new DeliveryPlan(
          1, Tier.STANDARD, "all in real time: " + within + " is less than batches usually take");
    }
    double share = 1 - spare / realtimeSeconds;
    if (share < LEAST_SHARE) {
      return new DeliveryPlan(
          0,
          Tier.STANDARD,
          "all in batches, which cost less; what they have not answered "
              + realtime
              + " before the "
              + within
              + " are over is asked in real time");
    }
    return new DeliveryPlan(
        share,
        Tier.STANDARD,
        Numbers.percent(share)
            + " in real time and the rest in batches, which cost less: real time takes "
            + realtime
            + " for all, and batches get the "
            + Durations.words(USUAL_BATCH.toSeconds())
            + " that most of them need");
  }

  private static boolean isCheaperInBatches(Price price) {
    return price.batchInputPerMtok() != null
        && price.batchInputPerMtok().compareTo(price.inputPerMtok()) < 0;
  }

  /** The job with its delivery decided. */
  public JobTask apply(JobTask job, Instant deadline) {
    if (realtimeShare >= 1) {
      return (tier == job.task().provider().service().tier() ? job : job.inTier(tier))
          .delivered(Delivery.REALTIME);
    }
    Delivery batches = job.task().delivery();
    return job.delivered(
        new Delivery(
            true,
            batches.poll(),
            batches.maxRequests(),
            batches.enqueuedTokens(),
            Stragglers.REALTIME,
            realtimeShare,
            deadline));
  }
}
