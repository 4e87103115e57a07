package io.sluice.internal.evidence;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything is answered with a failure: is it the account or the task, or is it these documents?
 * Pure arithmetic over given times. Not thread-safe.
 *
 * <p><b>A run.</b> As many calls as may be in flight, eight at least and {@value #MOST} at most,
 * fail one after another. A 401 or a spent account says so itself: then one is enough, and three
 * where calls have passed before.
 *
 * <p><b>Attempts from further down.</b> A batch of bad documents at the head of the input looks the
 * same. So nothing is concluded yet: documents that failed wait, and no more are sent but one at a
 * time, the newest and those between, after a tenth of a second and then twice as long each time,
 * while the input is read on. One that is answered ends it: then it was those documents, each of
 * them. If {@value #ATTEMPTS} of them fail too, and nine in ten of all with one {@link Signature},
 * it is the account's or the task's. Where each fails for a reason of its own, it is the documents.
 */
final class AccountWatch {
  enum Verdict {
    NONE,
    /** Nobody's but the documents that failed. */
    DOCUMENTS,
    ACCOUNT
  }

  static final int LEAST = 8;
  static final int MOST = 64;
  static final int ATTEMPTS = 8;
  private static final int SURE_RUN = 3;
  private static final int SURE_ATTEMPTS = 2;
  private static final double ALIKE = 0.9;
  private static final int MOST_GROUPS = 16;
  private static final long FIRST_GAP_NANOS = 100_000_000L;

  private static final class Group {
    final Failure first;
    int size;

    Group(Failure first) {
      this.first = first;
    }
  }

  private final int enough;
  private final Run run = new Run();
  private final List<Group> groups = new ArrayList<>();
  private int failures;
  private int sure;
  private boolean trying;
  private long tryingFrom;
  private int attempts;
  private long nextAt;

  AccountWatch(int maxConcurrent) {
    this.enough = Math.max(LEAST, Math.min(MOST, maxConcurrent));
  }

  Run run() {
    return run;
  }

  /**
   * A call failed as one does that will fail again.
   *
   * @param explicit whether it says itself that it is the account's
   * @param clear whether nothing but that can be meant
   */
  Verdict failed(
      Departed<?> call, Failure failure, boolean explicit, boolean clear, boolean everPassed) {
    failures++;
    sure += explicit ? 1 : 0;
    Group group = groupOf(failure);
    if (group != null) {
      group.size++;
    }
    if (clear && !everPassed) {
      return Verdict.ACCOUNT;
    }
    if (trying && call.number >= tryingFrom) {
      attempts++;
    }
    return Verdict.NONE;
  }

  private @Nullable Group groupOf(Failure failure) {
    for (Group group : groups) {
      if (group.first.signature().alike(failure.signature())) {
        return group;
      }
    }
    if (groups.size() == MOST_GROUPS) {
      return null;
    }
    Group group = new Group(failure);
    groups.add(group);
    return group;
  }

  /**
   * Looks what the run says by now.
   *
   * @param newest the number of the last call that left
   */
  Verdict look(boolean everPassed, long newest, long now) {
    boolean explicit = 2 * sure > failures;
    int length = explicit ? (everPassed ? SURE_RUN : 1) : enough;
    if (!trying && run.length() >= length) {
      trying = true;
      tryingFrom = newest + 1;
      attempts = 0;
      nextAt = now + FIRST_GAP_NANOS;
    }
    if (!trying || attempts < (explicit ? SURE_ATTEMPTS : ATTEMPTS)) {
      return Verdict.NONE;
    }
    return isAlike() ? Verdict.ACCOUNT : Verdict.DOCUMENTS;
  }

  /** Nothing else is left to ask. */
  Verdict nothingElse(boolean everPassed) {
    boolean unproven = everPassed || failures < LEAST;
    return (unproven && sure == 0) || !isAlike() ? Verdict.DOCUMENTS : Verdict.ACCOUNT;
  }

  private boolean isAlike() {
    Group largest = largest();
    return largest != null && largest.size >= ALIKE * failures;
  }

  private @Nullable Group largest() {
    Group largest = null;
    for (Group group : groups) {
      largest = largest == null || group.size > largest.size ? group : largest;
    }
    return largest;
  }

  /** What most of them said. */
  @Nullable Failure common() {
    Group largest = largest();
    return largest == null ? null : largest.first;
  }

  int failures() {
    return failures;
  }

  /** Whether only single calls from further down the input are sent. */
  boolean isTrying() {
    return trying;
  }

  long nextAt() {
    return nextAt;
  }

  /** An attempt leaves. */
  void tries(long now) {
    nextAt = now + (FIRST_GAP_NANOS << Math.min(attempts + 1, 5));
  }

  /** A call passed that left after the run began; or it has been judged. */
  void over() {
    run.clear();
    groups.clear();
    failures = 0;
    sure = 0;
    trying = false;
  }
}
