package io.sluice.internal.quota;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.internal.quota.ProviderModel.Bucket;
import io.sluice.internal.quota.ProviderModel.Counter;
import io.sluice.internal.quota.ProviderModel.FixedWindow;
import io.sluice.internal.quota.ProviderModel.SlidingWindow;
import io.sluice.internal.quota.ProviderModel.Tokens;
import io.sluice.internal.quota.QuotaLimiter.Limits;
import io.sluice.internal.quota.Rehearsal.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleFunction;
import java.util.function.IntToLongFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The limiter against providers that count in other ways than it does. */
class ProvidersTest {
  private static final double NO_LIMIT = 1e12;
  private static final Limits REQUESTS = new Limits(6_000, 1L << 40, Duration.ofSeconds(1));
  private static final Limits TOKENS = new Limits(6_000, 600_000, Duration.ofSeconds(1));

  /** Documents from 10 to 10,000 tokens, spread evenly over the logarithm of their length. */
  private static final IntToLongFunction MIXED =
      i -> Math.round(10 * Math.pow(1_000, new Random(7_919L * i + 3).nextDouble()));

  private record Provider(String name, DoubleFunction<Counter> counter) {}

  private static final Provider SECOND_BUCKET =
      new Provider("bucket of a second", limit -> new Bucket(limit, 1));
  private static final List<Provider> MINUTES =
      List.of(
          new Provider("bucket of a minute", limit -> new Bucket(limit, 60)),
          new Provider("fixed minutes", limit -> new FixedWindow(limit, 60)),
          new Provider("any minute", limit -> new SlidingWindow(limit, 60)));

  private static List<Provider> all() {
    List<Provider> all = new ArrayList<>(MINUTES);
    all.add(SECOND_BUCKET);
    return all;
  }

  private static Rehearsal requestsBind(Provider provider) {
    return new Rehearsal(6_000, NO_LIMIT, provider.counter().apply(6_000), new Bucket(NO_LIMIT, 1));
  }

  private static Rehearsal tokensBind(Provider provider, Tokens counted) {
    return new Rehearsal(6_000, 600_000, new Bucket(6_000, 1), provider.counter().apply(600_000))
        .counting(counted);
  }

  private static void check(
      String name,
      Limits limits,
      int documents,
      double leastShare,
      double mostRejected,
      java.util.function.Supplier<Rehearsal> rehearsal) {
    for (UnaryOperator<Rehearsal> headers :
        List.<UnaryOperator<Rehearsal>>of(r -> r, Rehearsal::withoutHeaders)) {
      for (int seed = 1; seed <= 2; seed++) {
        Outcome outcome =
            headers.apply(rehearsal.get()).play(new QuotaLimiter(limits, 0, true), documents, seed);
        String what = name + ", seed " + seed + ": " + outcome;
        assertThat(what, outcome.share(), greaterThan(leastShare));
        assertThat(what, outcome.rejected(), lessThanOrEqualTo(mostRejected));
      }
    }
  }

  @Test
  void requestsBind_theQuotaIsFullAndNoRequestRefused() {
    for (Provider provider : all()) {
      check(provider.name(), REQUESTS, 9_000, 0.99, 0, () -> requestsBind(provider));
    }
  }

  @Test
  void connectionsOpenSlowlyAtFirst_noRequestIsRefused() {
    for (double seconds : new double[] {0.5, 1.5, 4}) {
      check(
          "the first arrive after " + seconds + " s",
          REQUESTS,
          9_000,
          0.99,
          0,
          () -> requestsBind(SECOND_BUCKET).cold(seconds));
    }
  }

  @Test
  void tokensBind_mixedLengths_theQuotaIsFullAndNoRequestRefused() {
    for (Provider provider : all()) {
      for (Tokens counted : Tokens.values()) {
        check(
            provider.name() + ", " + counted,
            TOKENS,
            650,
            0.98,
            0,
            () -> tokensBind(provider, counted).documents(MIXED, 20, i -> 13));
      }
    }
  }

  @Test
  void mostOfWhatIsReservedStaysUnused_theUseIsLearnt() {
    for (Provider provider : all()) {
      check(
          provider.name(),
          TOKENS,
          5_700,
          0.97,
          0.001,
          () -> tokensBind(provider, Tokens.USED).documents(i -> 100, 1_024, i -> 60));
    }
  }

  @Test
  void whatIsReservedIsKept_fewRequestsTeachIt() {
    check(
        SECOND_BUCKET.name(),
        TOKENS,
        900,
        0.97,
        0.04,
        () -> tokensBind(SECOND_BUCKET, Tokens.RESERVED).documents(i -> 100, 1_024, i -> 60));
  }

  @Test
  void slicesOfTenSecondsAndOfOne_oneRefusalTeachesThem() {
    for (double seconds : new double[] {10, 1}) {
      Provider slices =
          new Provider("slices of " + seconds + " s", limit -> new FixedWindow(limit, seconds));
      check(slices.name(), REQUESTS, 9_000, 0.98, 0.001, () -> requestsBind(slices));
    }
    Provider anyTen = new Provider("any ten seconds", limit -> new SlidingWindow(limit, 10));
    check(anyTen.name(), REQUESTS, 9_000, 0.98, 0.001, () -> requestsBind(anyTen));
  }

  @Test
  void anotherProgramUsesHalf_theRestIsUsed() {
    check(
        SECOND_BUCKET.name(),
        REQUESTS,
        4_500,
        0.98,
        0.01,
        () -> requestsBind(SECOND_BUCKET).others(50));
  }

  @Test
  void theProviderAllowsHalf_itIsFoundOut() {
    Limits twice = new Limits(12_000, 1L << 40, Duration.ofSeconds(1));
    check(SECOND_BUCKET.name(), twice, 9_000, 0.98, 0.005, () -> requestsBind(SECOND_BUCKET));
  }

  @Test
  void burstOfAMinute_usesABucketOfAMinute() {
    Limits burst = new Limits(6_000, 1L << 40, Duration.ofMinutes(1));
    Provider minute = MINUTES.get(0);
    // 500 calls at a time of 1.5 s each are 333 a second: more than three times the rate.
    check(minute.name(), burst, 9_000, 1.9, 0, () -> requestsBind(minute));
  }
}
