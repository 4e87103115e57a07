package io.sluice.pipeline.task;

import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Stragglers;
import io.sluice.spi.ModelProvider;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads how requests reach the provider: {@code provider.mode}, {@code provider.deadline} and
 * {@code batch}.
 *
 * @param delivery for {@code auto} in batches
 * @param autoDeadline how much time a job of mode {@code auto} has; null for the other modes
 */
record DeliveryFields(Delivery delivery, @Nullable Duration autoDeadline) {
  private enum Mode {
    REALTIME,
    BATCH,
    AUTO
  }

  static DeliveryFields read(Section root, Section provider, ModelProvider asked, OwnFields own) {
    Mode mode = provider.choice("mode", Mode.class, Mode.REALTIME);
    Duration deadline = provider.duration("deadline", Duration.ofHours(24));
    if (mode != Mode.REALTIME && !asked.hasBatches()) {
      provider.problem("mode", "the " + asked.kind() + " provider has no batches");
    }
    Section section = root.section("batch");
    if (mode == Mode.REALTIME && !section.names().isEmpty()) {
      root.problem("batch", "belongs to provider.mode batch or auto");
    }
    Delivery all = Delivery.BATCH;
    Delivery delivery =
        new Delivery(
            true,
            section.duration("poll", all.poll()),
            (int) Math.min(Integer.MAX_VALUE, section.wholeNumber("requests", all.maxRequests())),
            section.wholeNumber("enqueuedTokens", all.enqueuedTokens()),
            section.choice("stragglers", Stragglers.class, all.stragglers()),
            0,
            null);
    own.read(section, "batch");
    section.close();
    return new DeliveryFields(
        mode == Mode.REALTIME ? Delivery.REALTIME : delivery, mode == Mode.AUTO ? deadline : null);
  }
}
