package io.sluice.internal.ledger;

import io.sluice.internal.text.FileReason;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable record of every call paid for. Thread-safe.
 *
 * <p><b>Files.</b> {@code DIR/part-NN/RUN-WRITER-N.jsonl}: append-only segments, each with one
 * writer, apart by quota key (NN is the key's hash modulo {@link #PARTITIONS}). A call's end may be
 * in a later segment of its writer: on object stores a segment holds about a second's records, and
 * appears once it is whole. A line is a checksum and a JSON object ({@link LedgerLine}, {@link
 * LedgerRecord}); the first is {@code {"t":"segment","version":1,…}}.
 *
 * <ul>
 *   <li>{@code {"t":"call","n","fp","key","at","usd"}}: a call is about to be sent; {@code usd} is
 *       its worst case. Without an end it may have been billed: that sum is abandoned. {@code
 *       "rides":true} marks all but the first of the requests that share one call, and their ends.
 *   <li>{@code {"t":"end","n","fp","key","at","outcome",…}}: how it ended ({@link LedgerEntry});
 *       {@code unfit} says that an answer did not fit the output.
 *   <li>{@code {"t":"batch","batch","key","at","state",…}}: what became of a provider's batch
 *       ({@link LedgerBatches}). Calls and ends of its requests carry {@code "batch"} too; they go
 *       together by that and the fingerprint, because the end may be another run's.
 *   <li>{@code {"t":"beat","at",…}}: how far the engine is, about once a second; one that has
 *       nothing new to say, less often.
 *   <li>{@code {"t":"cascade","at","kind","raw"}}: what a cascade has learnt and answered ({@link
 *       LedgerCascade}).
 * </ul>
 *
 * <p><b>Reading.</b> Opening reads every segment once and keeps where each fingerprint's newest
 * record is, not the record. An answer is never hidden by a later failure. A torn last line is left
 * out; old segments are never written to.
 */
public final class Ledger implements AutoCloseable {
  /** Part of the format: how many ways quota keys are spread. */
  public static final int PARTITIONS = 16;

  private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);
  private static final long SYNC_MILLIS = 1_000;

  /**
   * @param directory on any file system known to Beam
   * @param run part of the names of new segments
   * @param partitions which partitions are read and written here
   */
  public record Options(
      String directory, String job, String run, IntPredicate partitions, InstantSource clock) {}

  /**
   * A call that was noted before it was sent.
   *
   * @param batch the intent of the batch that it is a part of; null for a call of its own
   */
  public record Call(
      String key, String fingerprint, long number, boolean rides, @Nullable String batch) {

    /** A request of a batch, whichever run has put it there. */
    public static Call inBatch(String key, String fingerprint, String batch) {
      return new Call(key, fingerprint, 0, false, batch);
    }

    int partition() {
      return Ledger.partition(key);
    }
  }

  private final Options options;

  private final boolean local;
  private final OwnSegments own;
  private final LedgerIndex index = new LedgerIndex();
  private final LedgerPlaces places;
  private final Map<String, Long> lastCalls = new HashMap<>();

  /** Other writers' segments, and how far each was read. */
  private final Map<String, Long> readTo = new HashMap<>();

  private final LedgerTotals totals = new LedgerTotals();
  private final LedgerBatches batches = new LedgerBatches();
  private final LedgerCascade cascade = new LedgerCascade();
  private long callNumber;
  private long syncedAt;

  private Ledger(Options options) throws IOException {
    this.options = options;
    this.local = FileSystems.matchNewResource(options.directory(), true).getScheme().equals("file");
    this.own = new OwnSegments(options, local);
    this.places = new LedgerPlaces(local);
    this.syncedAt = options.clock().millis();
  }

  /**
   * Opens a ledger, or begins one.
   *
   * @throws LedgerException if a segment is damaged other than at its end
   */
  public static Ledger open(Options options) {
    Ledger ledger;
    try {
      ledger = new Ledger(options);
    } catch (IOException e) {
      throw new LedgerException("Begin a copy of the ledger on this disk: " + e.getMessage(), e);
    }
    ledger.refresh();
    ledger.totals.endOfSegments();
    ledger.batches.endOfSegments();
    ledger.warn();
    return ledger;
  }

  /** A person is to hear of what was passed over, and nothing is to fail of it. */
  private void warn() {
    if (totals.doubtful() > 0) {
      LOG.warn(
          "{}: calls that ended with tokens or costs that cannot be: {}; what they cost is not known,"
              + " and at most what was held for them",
          options.directory(),
          totals.doubtful());
    }
    if (totals.unknown() > 0) {
      LOG.warn(
          "{}: records of another version, or that cannot be read: {}; they are passed over",
          options.directory(),
          totals.unknown());
    }
  }

  /**
   * Reads what others have written since the ledger was opened or refreshed: before an account is
   * taken over from another worker.
   *
   * @throws LedgerException as {@link #open}
   */
  public synchronized void refresh() {
    List<MatchResult.Metadata> grown = new ArrayList<>();
    for (MatchResult.Metadata file : LedgerScan.segments(options.directory())) {
      String name = file.resourceId().toString();
      long read = readTo.getOrDefault(name, 0L);
      if (!own.isOwn(name)
          && file.sizeBytes() > read
          && options.partitions().test(partitionOf(name))) {
        grown.add(file);
      }
    }
    if (!local) {
      // A store's segments are whole when they appear, and many: they are fetched side by side.
      LedgerScan.scan(grown, this::index);
      grown.forEach(file -> readTo.put(file.resourceId().toString(), file.sizeBytes()));
      return;
    }
    for (MatchResult.Metadata file : grown) {
      String name = file.resourceId().toString();
      long read = readTo.getOrDefault(name, 0L);
      readTo.put(name, LedgerScan.scan(file, read, this::index));
    }
  }

  /** The partition of a quota key. */
  public static int partition(String key) {
    return Math.floorMod(key.hashCode(), PARTITIONS);
  }

  private static int partitionOf(String file) {
    int at = file.lastIndexOf("/part-");
    try {
      return Integer.parseInt(file, at + 6, at + 8, 10);
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new LedgerException(file + " is not a ledger segment; move it elsewhere", e);
    }
  }

  private void index(String segment, long offset, LedgerRecord record) {
    totals.add(segment, record);
    batches.add(record);
    if (record instanceof LedgerRecord.Cascade noted) {
      cascade.add(noted);
    } else if (record instanceof LedgerRecord.Begun begun) {
      called(begun.call(), begun.at());
    } else if (record instanceof LedgerRecord.Ended ended) {
      called(ended.call(), ended.at());
      if (ended.entry().outcome() != LedgerEntry.Outcome.RETRY) {
        try {
          long place = places.place(segment, offset, record);
          index.put(ended.call().fingerprint(), place, ended.isAnswer());
        } catch (IOException e) {
          throw new LedgerException(
              "Copy a record of the ledger to this disk: " + FileReason.of(e), e);
        }
      }
    }
  }

  private void called(Call call, long at) {
    lastCalls.merge(call.key(), at, Math::max);
  }

  /** The newest answer to a request, or else its newest permanent failure. */
  public synchronized @Nullable LedgerEntry find(String fingerprint) {
    long place = index.get(fingerprint);
    if (place == LedgerIndex.ABSENT) {
      return null;
    }
    try {
      return places.read(place) instanceof LedgerRecord.Ended ended
              && ended.call().fingerprint().equals(fingerprint)
          ? ended.entry()
          : null;
    } catch (IOException e) {
      throw new LedgerException(
          "Read the ledger " + options.directory() + ": " + FileReason.of(e), e);
    }
  }

  /**
   * Notes that a call is about to be sent.
   *
   * @param worstUsd what it may cost at most, null where unknown
   * @throws LedgerException if it cannot be written: then the call must not be sent
   */
  public synchronized Call begin(String key, String fingerprint, @Nullable BigDecimal worstUsd) {
    return begin(new Call(key, fingerprint, callNumber++, false, null), worstUsd);
  }

  /** As {@link #begin}, for a request that shares the call of the one noted before it. */
  public synchronized Call ride(String key, String fingerprint, @Nullable BigDecimal worstUsd) {
    return begin(new Call(key, fingerprint, callNumber++, true, null), worstUsd);
  }

  /**
   * Notes a request of a batch that is about to be intended.
   *
   * @param worstUsd what it may cost at most, null where unknown
   */
  public synchronized void beginInBatch(
      String key, String fingerprint, String batch, @Nullable BigDecimal worstUsd) {
    begin(Call.inBatch(key, fingerprint, batch), worstUsd);
  }

  /** Notes what became of a batch, and makes it last. */
  public synchronized void batch(String key, String batch, BatchEvent event) {
    append(partition(key), new LedgerRecord.Batch(batch, key, options.clock().millis(), event));
    sync();
  }

  /** The batches that were intended and not closed when the ledger was opened, and since. */
  public synchronized List<LedgerBatches.Batch> openBatches() {
    return batches.open();
  }

  private Call begin(Call call, @Nullable BigDecimal worstUsd) {
    append(call.partition(), new LedgerRecord.Begun(call, options.clock().millis(), worstUsd));
    return call;
  }

  /**
   * Notes how a call ended; when this returns, kill -9 cannot lose it on a local disk. In an object
   * store it can until the segment has arrived there, {@link #tick} allowing about a second later.
   */
  public void end(Call call, LedgerEntry entry) {
    end(call, entry, LedgerRecord.Fit.FITS, null);
  }

  /**
   * As {@link #end(Call, LedgerEntry)}, for an answer that does not fit the output.
   *
   * @param askedAgain whether the request is sent again
   */
  public void endUnfit(Call call, LedgerEntry entry, boolean askedAgain) {
    end(call, entry, unfit(askedAgain), null);
  }

  /**
   * As {@link #end} and {@link #endUnfit}, for a request of a batch.
   *
   * @param askedAgain null for what is no misfit
   * @param savedUsd what the same call would have cost more in real time; null where unknown
   */
  public void endInBatch(
      Call call, LedgerEntry entry, @Nullable Boolean askedAgain, @Nullable BigDecimal savedUsd) {
    end(call, entry, askedAgain == null ? LedgerRecord.Fit.FITS : unfit(askedAgain), savedUsd);
  }

  private static LedgerRecord.Fit unfit(boolean askedAgain) {
    return askedAgain ? LedgerRecord.Fit.REPEATED : LedgerRecord.Fit.REFUSED;
  }

  private synchronized void end(
      Call call, LedgerEntry entry, LedgerRecord.Fit fit, @Nullable BigDecimal savedUsd) {
    long now = options.clock().millis();
    append(call.partition(), new LedgerRecord.Ended(call, now, entry, fit, savedUsd, false));
  }

  /** Whether there is a record of how a request ended. */
  public synchronized boolean knows(String fingerprint) {
    return index.get(fingerprint) != LedgerIndex.ABSENT;
  }

  /** What a small model has answered to a request; null where none has. */
  public synchronized LedgerCascade.@Nullable Served findServed(String fingerprint) {
    return cascade.find(fingerprint);
  }

  /** What the job's cascade has come to. */
  public synchronized LedgerCascade.State cascade() {
    return cascade.state();
  }

  /**
   * Notes something of the cascade.
   *
   * @param kind what it is, as {@link LedgerCascade} says
   */
  public synchronized void note(String kind, String body) {
    append(0, new LedgerRecord.Cascade(options.clock().millis(), kind, body));
  }

  /** Notes rows that one small model has answered, by fingerprint. */
  public synchronized void serve(String version, Map<String, LedgerCascade.Served> answers) {
    note(LedgerCascade.SERVED, LedgerCascade.served(version, answers));
  }

  /** Notes how far the engine is, now. */
  public synchronized void beat(LedgerRecord.Beat beat) {
    append(0, beat.at(options.clock().millis()));
  }

  private void append(int partition, LedgerRecord record) {
    OwnSegments.Place place = own.append(partition, record);
    index(place.segment(), place.offset(), record);
  }

  /**
   * To be called often: about once a second it makes what was written last. In an object store that
   * takes its time: what was shipped is found there a little later.
   */
  public synchronized void tick() {
    long now = options.clock().millis();
    // The clock may have been set back by hours.
    if (Math.abs(now - syncedAt) >= SYNC_MILLIS) {
      syncedAt = now;
      own.ship();
    }
  }

  /** Makes what was written last: when this returns it is on the disk, or in the object store. */
  public synchronized void sync() {
    syncedAt = options.clock().millis();
    own.sync();
  }

  /** When an account was last called, epoch milliseconds; 0 for never. */
  public synchronized long lastCallMillis(String key) {
    return lastCalls.getOrDefault(key, 0L);
  }

  /**
   * True the first time it is asked here for a request that has a record: of several rows that
   * share an answer, one carries its cost.
   */
  public synchronized boolean claimCost(String fingerprint) {
    return index.claim(fingerprint);
  }

  /** Sums over all runs, those of this one included. */
  public synchronized LedgerTotals totals() {
    return totals;
  }

  /** What one record weighs in memory. */
  synchronized long indexBytes() {
    return index.bytes();
  }

  @Override
  public synchronized void close() {
    try {
      own.close();
      places.close();
    } catch (IOException e) {
      throw new LedgerException("Close the ledger: " + e.getMessage(), e);
    }
  }
}
