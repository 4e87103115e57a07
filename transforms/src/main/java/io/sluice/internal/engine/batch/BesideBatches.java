package io.sluice.internal.engine.batch;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Stragglers;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.spi.Reply;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is asked in real time beside the batches: a share that the task wants there, and what a
 * batch has not answered in time. Guarded by the engine's lock but for {@link #submit}.
 */
final class BesideBatches {
  private final Delivery delivery;
  private final @Nullable Engine realtime;

  /** Requests that were to be in a batch and are asked in real time. */
  private final Set<String> handedOver = new HashSet<>();

  /**
   * @param realtime null where nothing is asked in real time
   */
  BesideBatches(Delivery delivery, @Nullable Engine realtime) {
    this.delivery = delivery;
    this.realtime = realtime;
  }

  boolean has(String fingerprint) {
    return handedOver.contains(fingerprint);
  }

  void add(String fingerprint) {
    handedOver.add(fingerprint);
  }

  /** Forgets which were handed over: all of them have ended. */
  void forget() {
    handedOver.clear();
  }

  /** By the fingerprint, so that identical requests go the same way. */
  boolean isMeantFor(String fingerprint) {
    return delivery.realtimeShare() > 0 && share(fingerprint) < delivery.realtimeShare();
  }

  private static double share(String fingerprint) {
    return Integer.parseInt(fingerprint, 0, 6, 16) / (double) (1 << 24);
  }

  /** Whether what a batch failed to answer is asked in real time. */
  boolean rescues(Reply.Failed failed, boolean isOutOfTime) {
    boolean isStraggler =
        failed.kind() == ErrorKind.EXPIRED && delivery.stragglers() == Stragglers.REALTIME;
    return realtime != null && (isStraggler || isOutOfTime);
  }

  boolean isCalling() {
    return realtime != null && realtime.snapshot().inFlight > 0;
  }

  long heldBytes() {
    return realtime == null ? 0 : realtime.heldBytes();
  }

  void submit(List<PreparedDocument> some) {
    if (realtime != null && !some.isEmpty()) {
      realtime.submit(some);
    }
  }
}
