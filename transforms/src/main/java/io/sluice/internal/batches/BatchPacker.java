package io.sluice.internal.batches;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.spi.BatchFormat;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Request;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Packs requests, in order, into files that a provider takes as batches. A request's text is on
 * disk as soon as it is added; what stays in memory is its fingerprint. Not thread-safe.
 */
public final class BatchPacker implements AutoCloseable {
  /** What became of a request. */
  public enum Fit {
    /** It is in the open batch. */
    ADDED,
    /** It does not fit into the open batch: {@link #finish} that, and add it again. */
    FULL,
    /** It is larger than a whole batch may be. */
    NEVER
  }

  private static final int BUFFER = 1 << 16;

  private final BatchFormat format;
  private final byte[] head;
  private final byte[] between;
  private final byte[] tail;
  private final BatchLimits limits;
  private final Path directory;
  private final Supplier<String> intentIds;
  private @Nullable Open open;

  /** The batch that is being filled. */
  private static final class Open {
    final String intentId;
    final Path file;
    final OutputStream out;
    final List<String> fingerprints = new ArrayList<>();
    final Set<String> names = new HashSet<>();
    long bytes;
    long inputTokens;
    long maxOutputTokens;

    Open(String intentId, Path file) throws IOException {
      this.intentId = intentId;
      this.file = file;
      this.out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER);
    }

    void write(byte[] some) throws IOException {
      out.write(some);
      bytes += some.length;
    }
  }

  BatchPacker(BatchFormat format, BatchLimits limits, Path directory, Supplier<String> intentIds) {
    this.format = format;
    this.head = format.head().getBytes(UTF_8);
    this.between = format.between().getBytes(UTF_8);
    this.tail = format.tail().getBytes(UTF_8);
    this.limits = limits;
    this.directory = directory;
    this.intentIds = intentIds;
  }

  /**
   * Adds a request to the open batch, or opens one.
   *
   * @throws IllegalArgumentException if the open batch has a request with this fingerprint: the
   *     provider would refuse all of it, or answer both and bill both
   */
  public Fit add(Request request) throws IOException {
    Open batch = open;
    String intentId = batch == null ? CustomIds.checkedIntent(intentIds.get()) : batch.intentId;
    byte[] entry =
        format.entry(CustomIds.of(intentId, request.fingerprint()), request).getBytes(UTF_8);
    if (!fits(0, head.length, 0, entry, request)) {
      return Fit.NEVER;
    }
    if (batch == null) {
      batch = new Open(intentId, Files.createTempFile(directory, intentId + "-", ".jsonl"));
      open = batch;
      batch.write(head);
    } else if (!fits(
        batch.fingerprints.size(),
        batch.bytes + between.length,
        batch.inputTokens,
        entry,
        request)) {
      return Fit.FULL;
    }
    if (!batch.names.add(CustomIds.shortened(request.fingerprint()))) {
      throw new IllegalArgumentException(
          "Cannot add request " + request.fingerprint() + " to a batch twice; ask it once");
    }
    if (!batch.fingerprints.isEmpty()) {
      batch.write(between);
    }
    batch.write(entry);
    batch.fingerprints.add(request.fingerprint());
    batch.inputTokens += request.inputTokens();
    batch.maxOutputTokens += request.maxOutputTokens();
    return Fit.ADDED;
  }

  private boolean fits(int requests, long bytes, long tokens, byte[] entry, Request request) {
    return requests < limits.requests()
        && bytes + entry.length + tail.length <= limits.bytes()
        && tokens + request.inputTokens() <= limits.inputTokens();
  }

  /** How many requests the open batch has. */
  public int size() {
    Open batch = open;
    return batch == null ? 0 : batch.fingerprints.size();
  }

  /**
   * Ends the open batch, so that the next request opens another.
   *
   * @return null where none is open
   */
  public @Nullable PackedBatch finish() throws IOException {
    Open batch = open;
    if (batch == null) {
      return null;
    }
    batch.write(tail);
    batch.out.close();
    open = null;
    return new PackedBatch(
        batch.intentId,
        batch.file,
        batch.bytes,
        batch.inputTokens,
        batch.maxOutputTokens,
        batch.fingerprints);
  }

  /** Throws the open batch away. */
  @Override
  public void close() throws IOException {
    Open batch = open;
    open = null;
    if (batch != null) {
      batch.out.close();
      Files.deleteIfExists(batch.file);
    }
  }
}
