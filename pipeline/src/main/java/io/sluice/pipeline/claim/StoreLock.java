package io.sluice.pipeline.claim;

import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.json.JobFile;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.Machine;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.beam.sdk.io.FileSystems;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds an output directory in a store that knows no locks: a file that says who works there, kept
 * new while it does. Whoever claims it writes the file, waits, and reads it back: of two that claim
 * at once the later writer has it. Two claims whose reading and writing lie further apart than that
 * wait would both succeed; Beam's file systems have nothing that could keep them from it.
 */
final class StoreLock implements AutoCloseable {
  /** Waits between writing and reading back. */
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(StoreLock.class);
  private static final Duration SETTLE = Duration.ofSeconds(1);
  private static final Duration RENEW = Duration.ofSeconds(15);

  /** Without news for so long, a holder on another machine is taken for dead. */
  static final Duration LEASE = Duration.ofSeconds(60);

  /**
   * What is written of a holder.
   *
   * @param processStartedAt tells the process from a later one with the same number
   * @param at the last sign of life, ISO 8601
   */
  private record Claim(
      String owner, String host, long pid, String processStartedAt, @Nullable String at) {
    Claim {
      owner = owner == null ? "" : owner;
      host = host == null ? "" : host;
      processStartedAt = processStartedAt == null ? "" : processStartedAt;
      at = JobFile.moment(at);
    }

    Duration silent(Instant now) {
      return Duration.between(at == null ? Instant.EPOCH : Instant.parse(at), now);
    }
  }

  private final String file;
  private final String owner = UUID.randomUUID().toString();
  private final InstantSource clock;
  private @Nullable ScheduledExecutorService renewing;

  private StoreLock(String file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
  }

  /**
   * @param flag what names the directory
   * @throws UsageException if another job holds it
   */
  static StoreLock take(OutputPaths paths, String flag, InstantSource clock, Pause pause)
      throws IOException {
    StoreLock lock = new StoreLock(paths.root() + "/.sluice/lock.json", clock);
    Claim holder = lock.holder();
    if (holder != null) {
      lock.refuseWhereHeld(paths, flag, holder);
    }
    lock.write();
    try {
      pause.of(SETTLE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (!lock.isMine()) {
      throw new UsageException(
          flag
              + ": another job has begun to write to "
              + paths.root()
              + " at the same moment; wait for it, or give this one a directory of its own");
    }
    lock.keep();
    return lock;
  }

  private void refuseWhereHeld(OutputPaths paths, String flag, Claim holder) {
    if (holder.host().equals(Machine.host())) {
      if (!Machine.isAlive(holder.pid(), holder.processStartedAt())) {
        return;
      }
    } else if (holder.silent(clock.instant()).compareTo(LEASE) >= 0) {
      return;
    }
    throw new UsageException(
        flag
            + ": another job, process "
            + holder.pid()
            + " on "
            + holder.host()
            + ", is writing to "
            + paths.root()
            + "; wait for it, or give this one a directory of its own. If it died, its hold ends "
            + LEASE.toSeconds()
            + " s after its last sign of life, "
            + holder.at());
  }

  private @Nullable Claim holder() throws IOException {
    return JobFile.read(file, Claim.class);
  }

  private boolean isMine() throws IOException {
    Claim holder = holder();
    return holder != null && owner.equals(holder.owner());
  }

  private void write() throws IOException {
    Claim claim =
        new Claim(
            owner,
            Machine.host(),
            ProcessHandle.current().pid(),
            Machine.startOf(ProcessHandle.current()),
            clock.instant().toString());
    byte[] bytes = Json.line(claim).getBytes(StandardCharsets.UTF_8);
    try (OutputStream out =
        Channels.newOutputStream(FileSystems.create(OutputPaths.file(file), "application/json"))) {
      out.write(bytes);
    }
  }

  private void keep() {
    ScheduledExecutorService threads =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "sluice-lock");
              thread.setDaemon(true);
              return thread;
            });
    threads.scheduleAtFixedRate(
        this::renew, RENEW.toMillis(), RENEW.toMillis(), TimeUnit.MILLISECONDS);
    renewing = threads;
  }

  private void renew() {
    try {
      if (isMine()) {
        write();
      } else {
        LOG.warn("Another job has taken {}: its outputs may be this one's or that one's", file);
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("Not renewed: {}", file, e);
    }
  }

  @Override
  public void close() throws IOException {
    if (renewing != null) {
      renewing.shutdownNow();
    }
    if (isMine()) {
      StoredFiles.deleteNamed(List.of(file));
    }
  }
}
