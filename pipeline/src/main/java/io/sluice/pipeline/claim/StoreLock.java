package io.sluice.pipeline.claim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
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
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SETTLE = Duration.ofSeconds(1);
  private static final Duration RENEW = Duration.ofSeconds(15);

  /** Without news for so long, a holder on another machine is taken for dead. */
  static final Duration LEASE = Duration.ofSeconds(60);

  private final String file;
  private final String owner = UUID.randomUUID().toString();
  private final InstantSource clock;
  private @Nullable ScheduledExecutorService renewing;

  private StoreLock(String file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
  }

  /**
   * @throws UsageException if another job holds it
   */
  static StoreLock take(OutputPaths paths, InstantSource clock, Pause pause) throws IOException {
    StoreLock lock = new StoreLock(paths.root() + "/.sluice/lock.json", clock);
    JsonNode holder = lock.holder();
    if (holder != null) {
      lock.refuseWhereHeld(paths, holder);
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
          "--output: another job has begun to write to "
              + paths.root()
              + " at the same moment; wait for it, or give this one a directory of its own");
    }
    lock.keep();
    return lock;
  }

  private void refuseWhereHeld(OutputPaths paths, JsonNode holder) {
    String host = holder.path("host").asText();
    Duration silent = Duration.between(Instant.parse(holder.path("at").asText()), clock.instant());
    if (host.equals(RunFile.host())) {
      String start = holder.path("processStartedAt").asText();
      boolean alive =
          ProcessHandle.of(holder.path("pid").asLong())
              .filter(ProcessHandle::isAlive)
              .filter(process -> start.isEmpty() || RunFile.startOf(process).equals(start))
              .isPresent();
      if (!alive) {
        return;
      }
    } else if (silent.compareTo(LEASE) >= 0) {
      return;
    }
    throw new UsageException(
        "--output: another job, process "
            + holder.path("pid").asText()
            + " on "
            + host
            + ", is writing to "
            + paths.root()
            + "; wait for it, or give this one a directory of its own. If it died, its hold ends "
            + LEASE.toSeconds()
            + " s after its last sign of life, "
            + holder.path("at").asText());
  }

  private @Nullable JsonNode holder() throws IOException {
    byte[] content = StoredFiles.read(file);
    return content == null ? null : JSON.readTree(content);
  }

  private boolean isMine() throws IOException {
    JsonNode holder = holder();
    return holder != null && holder.path("owner").asText().equals(owner);
  }

  private void write() throws IOException {
    ObjectNode claim = JSON.createObjectNode();
    claim.put("owner", owner).put("host", RunFile.host()).put("pid", ProcessHandle.current().pid());
    claim.put("processStartedAt", RunFile.startOf(ProcessHandle.current()));
    claim.put("at", clock.instant().toString());
    byte[] bytes = JSON.writeValueAsBytes(claim);
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
