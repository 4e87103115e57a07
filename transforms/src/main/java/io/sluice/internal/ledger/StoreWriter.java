package io.sluice.internal.ledger;

import io.sluice.internal.store.StoreThreads;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.beam.sdk.io.FileSystems;

/**
 * Writes segments where a file appears only once it is closed, and creating one takes a tenth of a
 * second: records are collected, and shipped as whole segments by other threads, so that a call
 * never waits for the store. What was not shipped dies with the process. Not thread-safe.
 */
final class StoreWriter {
  /** A segment grows no larger than about this, whatever a second brings. */
  private static final int SEGMENT_BYTES = 8 << 20;

  private static final int THREADS = 8;

  /** Behind a store that is slower than the calls, memory must not grow. */
  private static final int MOST_UNDER_WAY = 32;

  /** Begins a segment. */
  interface Begin {
    Segment of(int partition);
  }

  /** A segment that is not shipped yet. */
  static final class Segment {
    final String name;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Segment(String name, LedgerRecord header) {
      this.name = name;
      bytes.writeBytes(LedgerLine.encode(header));
    }
  }

  private final Begin begin;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS,
          task -> {
            Thread thread = new Thread(task, "sluice-ledger");
            thread.setDaemon(true);
            return thread;
          });
  private final Map<Integer, Segment> open = new HashMap<>();
  private final Deque<Future<?>> underWay = new ArrayDeque<>();

  StoreWriter(Begin begin) {
    this.begin = begin;
  }

  /**
   * @return the name of the record's segment
   * @throws IOException if an earlier segment could not be written
   */
  String append(int partition, LedgerRecord record) throws IOException {
    Segment segment = open.computeIfAbsent(partition, begin::of);
    segment.bytes.writeBytes(LedgerLine.encode(record));
    if (segment.bytes.size() >= SEGMENT_BYTES) {
      open.remove(partition);
      ship(segment);
    }
    return segment.name;
  }

  /**
   * Ships what there is; returns before it has arrived.
   *
   * @throws IOException if an earlier segment could not be written
   */
  void ship() throws IOException {
    for (var it = open.values().iterator(); it.hasNext(); ) {
      Segment segment = it.next();
      it.remove();
      ship(segment);
    }
  }

  private void ship(Segment segment) throws IOException {
    underWay.add(threads.submit(() -> write(segment)));
    while (underWay.size() > MOST_UNDER_WAY || !underWay.isEmpty() && underWay.peek().isDone()) {
      StoreThreads.await(underWay.remove());
    }
  }

  private static Void write(Segment segment) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(segment.bytes.toByteArray());
    try (WritableByteChannel channel =
        FileSystems.create(
            FileSystems.matchNewResource(segment.name, false), "application/x-ndjson")) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException | RuntimeException e) {
      throw new IOException(segment.name + ": " + e.getMessage(), e);
    }
    return null;
  }

  /**
   * Ships what there is, and returns once everything can be read.
   *
   * @throws IOException if a segment could not be written; none is on its way any more
   */
  void shipAndWait() throws IOException {
    IOException failed = null;
    try {
      ship();
    } catch (IOException e) {
      failed = e;
    }
    while (!underWay.isEmpty()) {
      try {
        StoreThreads.await(underWay.remove());
      } catch (IOException e) {
        failed = failed == null ? e : failed;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  void close() throws IOException {
    try {
      shipAndWait();
    } finally {
      threads.shutdown();
    }
  }
}
