package io.sluice.internal.evidence;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How long it is tried to create, find or read a batch that the provider does not give: what {@link
 * io.sluice.internal.evidence.Evidence} concludes of calls, of things that are done one at a time.
 * A wait that the provider asks for comes before growing gaps. What no repeating mends, as a key
 * that is refused, and a wait of an hour and more, which is not sat out, stop the account once they
 * were told {@value #TOLD} times in a row: no single reply does. So does {@code retry.outage}
 * without success: nothing was lost, a batch that is at work is there still for the same command. A
 * refusal for too many is waited for as long as others of the account are at work, since those may
 * be the many. Pure arithmetic over given times. Immutable.
 */
public final class BatchPatience {
  private static final long SECOND = 1_000_000_000L;
  private static final long FIRST_GAP = 2 * SECOND;
  private static final long LONGEST_GAP = 300 * SECOND;
  private static final int MOST_DOUBLINGS = 10;
  private static final int TOO_MANY_REQUESTS = 429;

  private static final int TOLD = 3;

  /** How long an address that never answered is asked. */
  private static final Duration NEVER_ANSWERED = Duration.ofMinutes(1);

  private final Duration outage;
  private final ZoneId zone;

  /**
   * @param outage how long the provider may be away
   * @param zone of the times in words
   */
  public BatchPatience(Duration outage, ZoneId zone) {
    this.outage = outage;
    this.zone = zone;
  }

  /**
   * Something failed.
   *
   * @param said in words, with the address
   * @param status 0 where nothing was answered
   * @param hint how long the provider asks to wait; null where it does not say
   * @param since epoch nanoseconds of the first time in a row that it failed
   * @param tries how often it has failed
   * @param told how often in a row it was what no attempt of this job mends
   */
  public record Failing(
      String said, int status, @Nullable Duration hint, long since, int tries, int told) {
    /**
     * What has failed now.
     *
     * @param before what failed before, with nothing that was answered as it should be between
     *     them; null for the first
     * @param isFinal whether the provider says that it would refuse again
     */
    public static Failing of(
        @Nullable Failing before,
        String said,
        int status,
        @Nullable Duration hint,
        boolean isFinal,
        long now,
        int tries) {
      long since = before == null ? now : before.since;
      int told = !isFinal && !Failure.isTooLong(hint) ? 0 : before == null ? 1 : before.told + 1;
      return new Failing(said, status, hint, since, tries, told);
    }

    public boolean isRefused() {
      return status == TOO_MANY_REQUESTS;
    }

    /** Whose failure it is. */
    public Scope scope() {
      boolean isFinal = told > 0 && !Failure.isTooLong(hint);
      return isFinal ? Scope.ACCOUNT : isRefused() ? Scope.RATE : Scope.OUTAGE;
    }
  }

  /**
   * What is done about it.
   *
   * @param dueAt epoch nanoseconds of the next attempt
   * @param stop why the account stops; null where it does not
   */
  public record Then(long dueAt, @Nullable String stop) {}

  /**
   * Decides.
   *
   * @param everAnswered whether anything was ever answered on the account
   * @param othersAtWork whether other batches of the account are at work
   */
  public Then after(Failing failing, boolean everAnswered, boolean othersAtWork, long now) {
    if (failing.told >= TOLD) {
      return new Then(0, told(failing, now));
    }
    // What is told again soon is not sat out.
    boolean isTold = failing.told > 0;
    long hint = isTold ? 0 : Failure.nanos(failing.hint);
    long next = now + Math.max(isTold ? FIRST_GAP : gap(failing.tries), hint);
    if (failing.isRefused() && othersAtWork) {
      return new Then(next, null);
    }
    Duration most = everAnswered || outage.compareTo(NEVER_ANSWERED) < 0 ? outage : NEVER_ANSWERED;
    long deadline = failing.since + most.toNanos();
    return now >= deadline
        ? new Then(0, stop(failing, everAnswered))
        : new Then(Math.min(next, Math.max(deadline, now + hint)), null);
  }

  private static long gap(int tries) {
    return Math.min(LONGEST_GAP, FIRST_GAP << Math.min(tries, MOST_DOUBLINGS));
  }

  private String told(Failing failing, long now) {
    return Failure.isTooLong(failing.hint)
        ? "The account is used up until "
            + at("yyyy-MM-dd HH:mm", now + Failure.nanos(failing.hint))
            + ": "
            + failing.said
            + "; run the same command again then"
        : failing.said;
  }

  private String stop(Failing failing, boolean everAnswered) {
    String since = at("HH:mm:ss", failing.since);
    return (failing.isRefused()
            ? "The provider has refused this since "
            : everAnswered
                ? "The provider has not done this since "
                : "The provider has not answered once since ")
        + since
        + " (retry.outage): "
        + failing.said
        + (everAnswered
            ? "; run the same command again when it does: batches that are at work go on until then"
            : "; check provider.baseUrl, and whether a server is there");
  }

  /** What a person is told meanwhile. */
  public String situation(Failing failing, long dueAt) {
    return (failing.isRefused()
            ? "provider refuses what is asked about batches"
            : "provider does not do what is asked about batches")
        + " since "
        + at("HH:mm:ss", failing.since)
        + ", next attempt at "
        + at("HH:mm:ss", dueAt);
  }

  private String at(String pattern, long nanos) {
    ZonedDateTime time =
        Instant.ofEpochSecond(Math.floorDiv(nanos, SECOND), Math.floorMod(nanos, SECOND))
            .atZone(zone);
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).format(time);
  }
}
