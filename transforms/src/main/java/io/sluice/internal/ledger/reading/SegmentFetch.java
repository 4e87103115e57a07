package io.sluice.internal.ledger.reading;

import io.sluice.internal.store.StoreThreads;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.jspecify.annotations.Nullable;

/**
 * Opens segments one after the other. A store takes its time for each, and an hour's job leaves
 * thousands of small ones there: those are fetched some way ahead. Not thread-safe.
 */
public final class SegmentFetch implements AutoCloseable {
  private static final int THREADS = 16;
  private static final int AHEAD = 64;

  /** A larger segment is read as it comes. */
  private static final long SMALL_BYTES = 1 << 20;

  private final Iterator<MatchResult.Metadata> segments;
  private final Deque<Future<InputStream>> ahead = new ArrayDeque<>();
  private final @Nullable ExecutorService threads;

  public SegmentFetch(List<MatchResult.Metadata> segments) {
    this.segments = segments.iterator();
    boolean local = segments.isEmpty() || segments.get(0).resourceId().getScheme().equals("file");
    this.threads = local ? null : Executors.newFixedThreadPool(THREADS, SegmentFetch::daemon);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "sluice-ledger-fetch");
    thread.setDaemon(true);
    return thread;
  }

  /** The next segment, from its beginning; there must be one. */
  public InputStream next() throws IOException {
    if (threads == null) {
      return open(segments.next());
    }
    while (ahead.size() < AHEAD && segments.hasNext()) {
      MatchResult.Metadata segment = segments.next();
      ahead.add(threads.submit(() -> fetch(segment)));
    }
    return StoreThreads.await(ahead.remove());
  }

  private static InputStream fetch(MatchResult.Metadata segment) throws IOException {
    if (segment.sizeBytes() > SMALL_BYTES) {
      return open(segment);
    }
    try (InputStream in = open(segment)) {
      return new ByteArrayInputStream(in.readAllBytes());
    }
  }

  private static InputStream open(MatchResult.Metadata segment) throws IOException {
    return Channels.newInputStream(FileSystems.open(segment.resourceId()));
  }

  @Override
  public void close() {
    if (threads != null) {
      threads.shutdownNow();
    }
  }
}
