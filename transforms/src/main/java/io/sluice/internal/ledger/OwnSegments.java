package io.sluice.internal.ledger;

import io.sluice.internal.text.FileReason;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The segments that one {@link Ledger} writes, one at a time in each partition. Not thread-safe.
 */
final class OwnSegments implements AutoCloseable {

  /** Where a record was put. */
  record Place(String segment, long offset) {}

  private final Ledger.Options options;

  /** Names this writer's segments: ordered by time, and no other writer's. */
  private final String writer;

  private final Map<Integer, SegmentWriter> writers = new HashMap<>();
  private final @Nullable StoreWriter store;
  private int count;

  /**
   * @param local whether the ledger is on this machine's disk
   */
  OwnSegments(Ledger.Options options, boolean local) {
    this.options = options;
    this.store = local ? null : new StoreWriter(this::beginInStore);
    this.writer =
        String.format("%011x", options.clock().millis())
            + UUID.randomUUID().toString().substring(0, 4);
  }

  boolean isOwn(String segment) {
    return segment.startsWith(options.run() + "-" + writer + "-", segment.lastIndexOf('/') + 1);
  }

  /**
   * @throws LedgerException if it cannot be written
   */
  Place append(int partition, LedgerRecord record) {
    if (store != null) {
      try {
        return new Place(store.append(partition, record), 0);
      } catch (IOException e) {
        throw unwritable(e.getMessage(), e);
      }
    }
    SegmentWriter segment = writers.get(partition);
    String file = segment == null ? options.directory() : segment.name;
    try {
      if (segment == null) {
        segment = SegmentWriter.create(name(partition));
        segment.append(header(partition));
        file = segment.name;
        writers.put(partition, segment);
      }
      return new Place(segment.name, segment.append(record));
    } catch (IOException e) {
      // What was written of the record is a torn end of this segment: go on in another.
      writers.remove(partition);
      throw unwritable(file + ": " + FileReason.of(e), e);
    }
  }

  private StoreWriter.Segment beginInStore(int partition) {
    return new StoreWriter.Segment(name(partition), header(partition));
  }

  private String name(int partition) {
    return String.format(
        "%s/part-%02d/%s-%s-%06d.jsonl",
        options.directory(), partition, options.run(), writer, count++);
  }

  private LedgerRecord header(int partition) {
    return new LedgerRecord.Segment(
        LedgerScan.VERSION, options.job(), options.run(), partition, options.clock().millis());
  }

  /**
   * Makes what was written last, or in a store lets it be on its way.
   *
   * @throws LedgerException if that cannot be
   */
  void ship() {
    if (store == null) {
      sync();
      return;
    }
    try {
      store.ship();
    } catch (IOException e) {
      throw unwritable(e.getMessage(), e);
    }
  }

  /**
   * Makes what was written last: when this returns it is on the disk, or in the object store.
   *
   * @throws LedgerException if that cannot be
   */
  void sync() {
    try {
      if (store != null) {
        store.shipAndWait();
      }
      for (SegmentWriter segment : writers.values()) {
        segment.force();
      }
    } catch (IOException e) {
      throw unwritable(e.getMessage(), e);
    }
  }

  private static LedgerException unwritable(@Nullable String what, IOException e) {
    return new LedgerException(
        "Write to the ledger "
            + what
            + "; make room or allow writing there, then run the same command again",
        e);
  }

  @Override
  public void close() throws IOException {
    if (store != null) {
      store.close();
    }
    for (SegmentWriter segment : writers.values()) {
      segment.close();
    }
    writers.clear();
  }
}
