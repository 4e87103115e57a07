package io.sluice.pipeline.task;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Retry;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.pipeline.input.DocumentFields;
import io.sluice.pipeline.output.OutputFormat;
import io.sluice.pipeline.table.InputType;
import io.sluice.pipeline.table.TableTask;
import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A task file: what to ask, and what the job does around it.
 *
 * @param caps on what it spends
 * @param maxFailureRate dead letters per document above which a run has failed; 1 where the task
 *     does not say
 * @param outputFormat of the results
 * @param table what it says of the results' columns
 * @param price the model's price, where the task gives one
 * @param autoDeadline how much time the job has to choose between batches and real time; null where
 *     the task has chosen
 * @param places where its file says what
 */
public record JobTask(
    ModelTask task,
    DocumentFields fields,
    Caps caps,
    double maxFailureRate,
    OutputFormat outputFormat,
    TableTask table,
    @Nullable Price price,
    @Nullable Duration autoDeadline,
    Places places)
    implements Serializable {

  /** What the whole job may spend; null for no cap. */
  public @Nullable BigDecimal budgetUsd() {
    return caps.usd();
  }

  /**
   * The same job in a tier, which falls back to the standard one: the time that a call may take is
   * the tier's where the task has left it as it is.
   */
  public JobTask inTier(Tier tier) {
    Provider provider = task.provider();
    Retry retry = task.retry();
    Duration timeout =
        tier == Tier.FLEX && retry.timeout().equals(Retry.DEFAULT.timeout())
            ? TaskFile.FLEX_TIMEOUT
            : retry.timeout();
    return new JobTask(
        task.withProvider(provider.withService(provider.service().withTier(tier, true)))
            .withRetry(new Retry(retry.maxAttempts(), timeout, retry.outage(), retry.withReason())),
        fields,
        caps,
        maxFailureRate,
        outputFormat,
        table,
        price,
        autoDeadline,
        places);
  }

  /** The same job with the prices of the other models that it asks. */
  public JobTask priced(ModelTask withPrices) {
    return new JobTask(
        withPrices, fields, caps, maxFailureRate, outputFormat, table, price, autoDeadline, places);
  }

  /** The same job with its delivery decided. */
  public JobTask delivered(Delivery delivery) {
    return new JobTask(
        task.withDelivery(delivery),
        fields,
        caps,
        maxFailureRate,
        outputFormat,
        table,
        price,
        autoDeadline,
        places);
  }

  /** The same with what the input's files say of the types of their columns. */
  public JobTask typed(Map<String, InputType> types) {
    return new JobTask(
        task,
        fields,
        caps,
        maxFailureRate,
        outputFormat,
        table.typed(types),
        price,
        autoDeadline,
        places);
  }
}
