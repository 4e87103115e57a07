package io.sluice.internal.evidence;

import io.sluice.internal.capacity.Capacity;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a person is told about an account. */
final class Words {
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);

  private final ZoneId zone;

  Words(ZoneId zone) {
    this.zone = zone;
  }

  private String time(long nanos) {
    return TIME.format(at(nanos));
  }

  /** With the day where it is another one. */
  private String day(long nanos, long now) {
    LocalDate today = at(now).toLocalDate();
    ZonedDateTime then = at(nanos);
    return then.toLocalDate().equals(today) ? TIME.format(then) : DAY.format(then);
  }

  private ZonedDateTime at(long nanos) {
    return Instant.ofEpochSecond(Math.floorDiv(nanos, SECOND), Math.floorMod(nanos, SECOND))
        .atZone(zone);
  }

  /** Everything fails for one reason. */
  Stop account(Failure common, int failures, boolean everPassed, long now) {
    long hint = common.hintNanos();
    if (hint >= (common.prior() == Prior.ACCOUNT ? MINUTE : Evidence.TOO_LONG.toNanos())) {
      long back = now + hint;
      return new Stop(
          Scope.RATE,
          "The account is used up until "
              + day(back, now)
              + ": "
              + common.said()
              + "; run the same command again then",
          back);
    }
    String how =
        failures == 1
            ? ""
            : everPassed
                ? failures + " calls one after another failed alike, and none has passed since: "
                : failures + " calls failed alike and none was answered: ";
    return new Stop(Scope.ACCOUNT, how + common.said() + advice(common), 0);
  }

  /** What to do about everything failing alike; empty where the failure says so itself. */
  static String advice(Failure common) {
    return common.prior() == Prior.ACCOUNT || common.said().contains("; check ")
        ? ""
        : "; check provider.baseUrl, the model, the key and the parameters of the task";
  }

  /** Nothing passed for too long. */
  Stop silence(Failure last, Silence silence, boolean everPassed, long now) {
    String since = day(silence.since(), now);
    if (!silence.isBlocked()) {
      return new Stop(
          Scope.OUTAGE,
          (everPassed
                  ? "The provider has not answered since " + since
                  : "The provider has not answered once since " + since)
              + " (retry.outage): "
              + last.said()
              + whenBack(last, everPassed),
          0);
    }
    long hint = last.hintNanos();
    return new Stop(
        Scope.RATE,
        "The provider has refused every call since "
            + since
            + ", as of an account that is used up: "
            + last.said()
            + (hint == 0
                ? "; it does not say until when. Limits of a day end at midnight, of the provider's"
                    + " time or UTC: run the same command again then"
                : "; run the same command again at " + day(now + hint, now)),
        hint == 0 ? 0 : now + hint);
  }

  /** A server that breaks is there, and what it breaks at may be the last documents alone. */
  private static String whenBack(Failure last, boolean everPassed) {
    String back = "; run the same command again when it is back";
    return last.isAway() || (!everPassed && last.signature().status() == 0)
        ? everPassed ? back : "; check provider.baseUrl, and whether a server is there"
        : back + ". If it answers others, it breaks at these documents: leave them out";
  }

  /** What holds an account up; null where nothing does. */
  @Nullable String now(
      Evidence<?> account, Silence silence, AccountWatch watch, Capacity capacity, long now) {
    Stop stop = account.stop();
    if (stop != null) {
      return stop.why();
    }
    if (silence.isOn()) {
      long wait = Math.max(0, silence.nextAt() - now + SECOND - 1) / SECOND;
      return (silence.isBlocked() ? "provider refuses every call" : "provider does not answer")
          + " since "
          + time(silence.since())
          + (silence.isProbing() ? ", trying now" : ", next attempt in " + wait + " s");
    }
    Failure common = watch.common();
    if (watch.isTrying() && common != null) {
      return watch.failures()
          + " calls failed and none passed; trying others, one at a time: "
          + common.said();
    }
    return switch (capacity.regime()) {
      case CALM -> null;
      case CHANCE ->
          percent(capacity.tolerated())
              + " of calls find no room at the provider, each is asked again";
      case RATE -> "provider takes " + percent(capacity.pace(now)) + " of the quota";
      case LOAD -> "provider takes " + account.window() + " calls at a time";
    };
  }

  private static String percent(double share) {
    double percent = 100 * share;
    return String.format(Locale.ROOT, percent < 9.95 ? "%.1f%%" : "%.0f%%", percent);
  }
}
