package io.sluice.pipeline.watch;

import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFiles.Found;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for new files every so often, makes rounds of them, and hands the rounds on in their order.
 *
 * <p>A local file that was written within the last interval may still be in its writer's hands, and
 * waits for a look that finds it as the one before did; in a store a file appears whole. A round
 * has so many files that its rows make outputs of a fit size; the next one is held back while what
 * is on its way is more than a runner should have to hold. Not thread-safe.
 */
final class Lookout {
  /** A look at what is there. */
  interface Look {
    /**
     * @param unseen is told what is there and cannot be looked at, which is left out
     * @throws IllegalArgumentException if the files cannot be listed
     */
    List<Found> files(Consumer<String> unseen);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Lookout.class);

  static final int ROUND_FILES = 10_000;
  static final long ROUND_BYTES = 256L << 20;
  static final long BYTES_ON_THE_WAY = 1L << 30;

  /** How often it is looked whether rounds on their way are in place. */
  private static final Duration REFRESH = Duration.ofSeconds(1);

  private final RoundBook book;
  private final Look look;
  private final Duration every;
  private final InstantSource clock;
  private final Set<String> told = new HashSet<>();

  /** Files that may still be written, as the last look saw them. */
  private Set<Found> growing = Set.of();

  private int handedOn;

  /** Whether there may be rounds that are not handed on: only these need a look in between. */
  private boolean isHoldingBack;

  private long nextLook;
  private long nextRefresh;

  /**
   * @param handedOn the last round that is in the runner's hands; 0 for none
   */
  Lookout(RoundBook book, Look look, Duration every, InstantSource clock, int handedOn) {
    this.book = book;
    this.look = look;
    this.every = every;
    this.clock = clock;
    this.handedOn = handedOn;
  }

  /** The last round that was handed on. */
  int handedOn() {
    return handedOn;
  }

  /** Goes on behind another round, as a runner does that is set back. */
  void goBackTo(int round) {
    handedOn = round;
    isHoldingBack = true;
  }

  /** The next round that is to be read; null where there is none now. */
  @Nullable Round next() throws IOException {
    long now = clock.millis();
    // Where the clock has been set back, by hours perhaps, nothing waits until it is there again.
    nextLook = Math.min(nextLook, now + every.toMillis());
    nextRefresh = Math.min(nextRefresh, now + REFRESH.toMillis());
    boolean mayGoOn = isHoldingBack && now >= nextRefresh;
    if (!mayGoOn && now < nextLook) {
      return null;
    }
    nextRefresh = now + REFRESH.toMillis();
    book.refresh();
    if (now >= nextLook) {
      nextLook = now + every.toMillis();
      lookForMore(now);
    }
    List<Round> rounds = book.rounds();
    while (handedOn < rounds.size() && book.isDone(handedOn + 1)) {
      handedOn++;
    }
    isHoldingBack = handedOn < rounds.size();
    if (!isHoldingBack || isMuchOnTheWay(rounds)) {
      return null;
    }
    Round next = rounds.get(handedOn);
    handedOn++;
    // More may be ready: the next call need not wait.
    nextRefresh = now;
    return next;
  }

  private boolean isMuchOnTheWay(List<Round> rounds) {
    long bytes = 0;
    for (Round round : rounds.subList(0, handedOn)) {
      bytes += book.isDone(round.number()) ? 0 : Math.max(1, round.bytes());
    }
    return bytes > 0 && bytes + rounds.get(handedOn).bytes() > BYTES_ON_THE_WAY;
  }

  private void lookForMore(long now) throws IOException {
    List<Found> found;
    try {
      found = look.files(this::unseen);
    } catch (IllegalArgumentException e) {
      // A store that does not answer now may at the next look.
      LOG.warn("{}; looking again in {} s", e.getMessage(), every.toSeconds());
      return;
    }
    List<InputFile> round = new ArrayList<>();
    Set<Found> mayGrow = new HashSet<>();
    long bytes = 0;
    for (Found file : found) {
      if (leadsOut(file) || !isNew(file)) {
        continue;
      }
      if (!isWhole(file, now)) {
        mayGrow.add(file);
        continue;
      }
      if (round.size() == ROUND_FILES
          || (!round.isEmpty() && bytes + file.file().bytes() > ROUND_BYTES)) {
        book.add(round);
        round.clear();
        bytes = 0;
      }
      round.add(file.file());
      bytes += file.file().bytes();
    }
    if (!round.isEmpty()) {
      book.add(round);
    }
    growing = mayGrow;
  }

  /** Nobody who can put a file there is to keep the others from being read. */
  private void unseen(String problem) {
    if (told.add(problem)) {
      LOG.warn("{}; it is left out", problem);
    }
  }

  private boolean leadsOut(Found found) {
    if (found.leadsOut() && told.add(found.file().name())) {
      LOG.warn(
          "{} is a link that leads out of the folder that is watched, and is not read;"
              + " --followLinks reads such",
          found.file().name());
    }
    return found.leadsOut();
  }

  private boolean isNew(Found found) {
    InputFile file = found.file();
    OptionalLong read = book.bytes(file.name());
    if (read.isPresent() && read.getAsLong() != file.bytes() && told.add(file.name())) {
      LOG.warn(
          "{} had {} bytes when it was read and has {} now; what came since is not read: write new"
              + " rows to new files",
          file.name(),
          read.getAsLong(),
          file.bytes());
    }
    return read.isEmpty();
  }

  private boolean isWhole(Found found, long now) {
    return found.file().name().contains("://")
        || now - found.modifiedMillis() >= every.toMillis()
        || growing.contains(found);
  }
}
