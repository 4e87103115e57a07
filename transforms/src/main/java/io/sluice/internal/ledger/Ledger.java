package io.sluice.internal.ledger;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntPredicate;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.jspecify.annotations.Nullable;

/**
 * The durable record of every call paid for. Thread-safe.
 *
 * <p><b>Files.</b> {@code DIR/part-NN/RUN-WRITER-N.jsonl}: append-only segments, each with one
 * writer, apart by quota key (NN is the key's hash modulo {@link #PARTITIONS}). A call's end may be
 * in a later segment of its writer: on object stores a segment holds about a second's records, and
 * appears once it is whole. A line is a checksum and a JSON object ({@link LedgerLine}); the first
 * is {@code {"t":"segment","version":1,…}}.
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
 * </ul>
 *
 * <p><b>Reading.</b> Opening reads every segment once and keeps where each fingerprint's newest
 * record is, not the record. An answer is never hidden by a later failure. A torn last line is left
 * out; old segments are never written to.
 */
public final class Ledger implements AutoCloseable {
  /** Part of the format: how many ways quota keys are spread. */
  public static final int PARTITIONS = 16;

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
      String key,
      String fingerprint,
      int partition,
      long number,
      boolean rides,
      @Nullable String batch) {

    /** A request of a batch, whichever run has put it there. */
    public static Call inBatch(String key, String fingerprint, String batch) {
      return new Call(key, fingerprint, Ledger.partition(key), 0, false, batch);
    }
  }

  private final Options options;

  /** Names this writer's segments: ordered by time, and no other writer's. */
  private final String writer;

  private final LedgerIndex index = new LedgerIndex();
  private final List<String> segments = new ArrayList<>();
  private final Map<String, Integer> segmentNumbers = new HashMap<>();
  private final Map<Integer, SegmentWriter> writers = new HashMap<>();
  private final Map<String, FileChannel> readers = new HashMap<>();
  private final Map<String, Long> lastCalls = new HashMap<>();

  /** Other writers' segments, and how far each was read. */
  private final Map<String, Long> readTo = new HashMap<>();

  private final LedgerTotals totals = new LedgerTotals();
  private final LedgerBatches batches = new LedgerBatches();
  private long callNumber;
  private int segmentCount;
  private long syncedAt;

  /** Both are there where the ledger is not on this machine's disk. */
  private final @Nullable StoreWriter store;

  private final @Nullable Mirror mirror;

  private Ledger(Options options) throws IOException {
    this.options = options;
    boolean local =
        FileSystems.matchNewResource(options.directory(), true).getScheme().equals("file");
    this.store = local ? null : new StoreWriter(this::beginInStore);
    this.mirror = local ? null : Mirror.create();
    this.syncedAt = options.clock().millis();
    this.writer = String.format("%011x", syncedAt) + UUID.randomUUID().toString().substring(0, 4);
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
    return ledger;
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
      if (!isOwn(name) && file.sizeBytes() > read && options.partitions().test(partitionOf(name))) {
        grown.add(file);
      }
    }
    if (store != null) {
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

  private boolean isOwn(String segment) {
    return segment.startsWith(options.run() + "-" + writer + "-", segment.lastIndexOf('/') + 1);
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

  private void index(String segment, long offset, ObjectNode record) {
    totals.add(segment, record);
    batches.add(record);
    String type = record.path("t").asText();
    if (type.equals("call") || type.equals("end")) {
      lastCalls.merge(record.path("key").asText(), record.path("at").asLong(), Math::max);
    }
    String outcome = record.path("outcome").asText();
    if (type.equals("end") && !outcome.equals("retry")) {
      index.put(
          record.path("fp").asText(), place(segment, offset, record), outcome.equals("answer"));
    }
  }

  private long place(String segment, long offset, ObjectNode record) {
    if (mirror != null) {
      try {
        return LedgerIndex.place(0, mirror.append(record));
      } catch (IOException e) {
        throw new LedgerException("Copy a record of the ledger to this disk: " + reason(e), e);
      }
    }
    Integer number = segmentNumbers.get(segment);
    if (number == null) {
      number = segments.size();
      segments.add(segment);
      segmentNumbers.put(segment, number);
    }
    return LedgerIndex.place(number, offset);
  }

  /** The newest answer to a request, or else its newest permanent failure. */
  public synchronized @Nullable LedgerEntry find(String fingerprint) {
    long place = index.get(fingerprint);
    if (place == LedgerIndex.ABSENT) {
      return null;
    }
    try {
      ObjectNode record =
          mirror == null
              ? read(segments.get(LedgerIndex.segment(place)), LedgerIndex.offset(place))
              : mirror.read(LedgerIndex.offset(place));
      return record.path("fp").asText().equals(fingerprint) ? LedgerEntry.read(record) : null;
    } catch (IOException e) {
      throw new LedgerException("Read the ledger " + options.directory() + ": " + reason(e), e);
    }
  }

  private ObjectNode read(String segment, long offset) throws IOException {
    FileChannel channel = readers.get(segment);
    if (channel == null) {
      channel = FileChannel.open(Path.of(segment), StandardOpenOption.READ);
      readers.put(segment, channel);
    }
    return LedgerScan.record(Channels.newInputStream(channel.position(offset)), offset);
  }

  /**
   * Notes that a call is about to be sent.
   *
   * @param worstUsd what it may cost at most, null where unknown
   * @throws LedgerException if it cannot be written: then the call must not be sent
   */
  public synchronized Call begin(String key, String fingerprint, @Nullable BigDecimal worstUsd) {
    return begin(new Call(key, fingerprint, partition(key), callNumber++, false, null), worstUsd);
  }

  /** As {@link #begin}, for a request that shares the call of the one noted before it. */
  public synchronized Call ride(String key, String fingerprint, @Nullable BigDecimal worstUsd) {
    return begin(new Call(key, fingerprint, partition(key), callNumber++, true, null), worstUsd);
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

  /**
   * Notes what became of a batch, and makes it last.
   *
   * @param state one of {@link LedgerBatches}'s
   * @param fields what else is to be kept
   */
  public synchronized void batch(String key, String batch, String state, ObjectNode fields) {
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    record
        .put("t", "batch")
        .put("batch", batch)
        .put("key", key)
        .put("at", options.clock().millis())
        .put("state", state)
        .setAll(fields);
    append(partition(key), record);
    sync();
  }

  /** The batches that were intended and not closed when the ledger was opened, and since. */
  public synchronized List<LedgerBatches.Batch> openBatches() {
    return batches.open();
  }

  private Call begin(Call call, @Nullable BigDecimal worstUsd) {
    ObjectNode record = record("call", call);
    if (worstUsd != null) {
      record.put("usd", worstUsd.toPlainString());
    }
    append(call.partition(), record);
    return call;
  }

  /**
   * Notes how a call ended; when this returns, kill -9 cannot lose it on a local disk. In an object
   * store it can until the segment has arrived there, {@link #tick} allowing about a second later.
   */
  public synchronized void end(Call call, LedgerEntry entry) {
    ObjectNode record = record("end", call);
    entry.write(record);
    append(call.partition(), record);
  }

  /**
   * As {@link #end(Call, LedgerEntry)}, for an answer that does not fit the output.
   *
   * @param askedAgain whether the request is sent again
   */
  public synchronized void endUnfit(Call call, LedgerEntry entry, boolean askedAgain) {
    ObjectNode record = record("end", call);
    entry.write(record);
    record.put("unfit", askedAgain ? "repeated" : "refused");
    append(call.partition(), record);
  }

  /**
   * As {@link #end} and {@link #endUnfit}, for a request of a batch.
   *
   * @param askedAgain null for what is no misfit
   * @param savedUsd what the same call would have cost more in real time; null where unknown
   */
  public synchronized void endInBatch(
      Call call, LedgerEntry entry, @Nullable Boolean askedAgain, @Nullable BigDecimal savedUsd) {
    ObjectNode record = record("end", call);
    entry.write(record);
    if (askedAgain != null) {
      record.put("unfit", askedAgain ? "repeated" : "refused");
    }
    if (savedUsd != null) {
      record.put("saved", savedUsd.toPlainString());
    }
    append(call.partition(), record);
  }

  /** Notes how far the engine is. */
  public synchronized void beat(ObjectNode fields) {
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    record.put("t", "beat").put("at", options.clock().millis()).setAll(fields);
    append(0, record);
  }

  private ObjectNode record(String type, Call call) {
    ObjectNode record =
        JsonNodeFactory.instance
            .objectNode()
            .put("t", type)
            .put("n", call.number())
            .put("fp", call.fingerprint())
            .put("key", call.key())
            .put("at", options.clock().millis());
    if (call.rides()) {
      record.put(LedgerScan.RIDES, true);
    }
    if (call.batch() != null) {
      record.put(LedgerBatches.BATCH, call.batch());
    }
    return record;
  }

  private void append(int partition, ObjectNode record) {
    if (store != null) {
      try {
        index(store.append(partition, record), 0, record);
      } catch (IOException e) {
        throw unwritable(e.getMessage(), e);
      }
      return;
    }
    SegmentWriter writer = writers.get(partition);
    String file = writer == null ? options.directory() : writer.name;
    try {
      if (writer == null) {
        writer = create(partition);
        file = writer.name;
        writers.put(partition, writer);
      }
      long offset = writer.append(record);
      index(writer.name, offset, record);
    } catch (IOException e) {
      // What was written of the record is a torn end of this segment: go on in another.
      writers.remove(partition);
      throw unwritable(file + ": " + reason(e), e);
    }
  }

  private static LedgerException unwritable(@Nullable String what, IOException e) {
    return new LedgerException(
        "Write to the ledger "
            + what
            + "; make room or allow writing there, then run the same command again",
        e);
  }

  /** Some exceptions of the JDK carry the file's name as their whole message. */
  private static @Nullable String reason(IOException e) {
    return e instanceof AccessDeniedException
        ? "permission denied"
        : e instanceof FileAlreadyExistsException
            ? e.getMessage() + " is there and no directory"
            : e.getMessage();
  }

  private SegmentWriter create(int partition) throws IOException {
    SegmentWriter writer = SegmentWriter.create(segmentName(partition));
    writer.append(header(partition));
    return writer;
  }

  private StoreWriter.Segment beginInStore(int partition) {
    return new StoreWriter.Segment(segmentName(partition), header(partition));
  }

  private String segmentName(int partition) {
    return String.format(
        "%s/part-%02d/%s-%s-%06d.jsonl",
        options.directory(), partition, options.run(), writer, segmentCount++);
  }

  private ObjectNode header(int partition) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("t", "segment")
        .put("version", LedgerScan.VERSION)
        .put("job", options.job())
        .put("run", options.run())
        .put("partition", partition)
        .put("at", options.clock().millis());
  }

  /**
   * To be called often: about once a second it makes what was written last. In an object store that
   * takes its time: what was shipped is found there a little later.
   */
  public synchronized void tick() {
    if (options.clock().millis() - syncedAt < SYNC_MILLIS) {
      return;
    }
    if (store == null) {
      sync();
      return;
    }
    syncedAt = options.clock().millis();
    try {
      store.ship();
    } catch (IOException e) {
      throw unwritable(e.getMessage(), e);
    }
  }

  /** Makes what was written last: when this returns it is on the disk, or in the object store. */
  public synchronized void sync() {
    syncedAt = options.clock().millis();
    try {
      if (store != null) {
        store.shipAndWait();
      }
      for (SegmentWriter writer : writers.values()) {
        writer.force();
      }
    } catch (IOException e) {
      throw unwritable(e.getMessage(), e);
    }
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
      if (store != null) {
        store.close();
      }
      if (mirror != null) {
        mirror.close();
      }
      for (SegmentWriter writer : writers.values()) {
        writer.close();
      }
      writers.clear();
      for (FileChannel reader : readers.values()) {
        reader.close();
      }
      readers.clear();
    } catch (IOException e) {
      throw new LedgerException("Close the ledger: " + e.getMessage(), e);
    }
  }
}
