package io.sluice.pipeline.task;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
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
 * @param budgetUsd null for no cap
 * @param maxFailureRate dead letters per document above which a run has failed; 1 where the task
 *     does not say
 * @param outputFormat of the results
 * @param table what it says of the results' columns
 * @param price the model's price, where the task gives one
 * @param autoDeadline how much time the job has to choose between batches and real time; null where
 *     the task has chosen
 */
public record JobTask(
    ModelTask task,
    DocumentFields fields,
    @Nullable BigDecimal budgetUsd,
    double maxFailureRate,
    OutputFormat outputFormat,
    TableTask table,
    @Nullable Price price,
    @Nullable Duration autoDeadline)
    implements Serializable {

  /** The same job with its delivery decided. */
  public JobTask delivered(Delivery delivery) {
    return new JobTask(
        task.withDelivery(delivery),
        fields,
        budgetUsd,
        maxFailureRate,
        outputFormat,
        table,
        price,
        autoDeadline);
  }

  /** The same with what the input's files say of the types of their columns. */
  public JobTask typed(Map<String, InputType> types) {
    return new JobTask(
        task,
        fields,
        budgetUsd,
        maxFailureRate,
        outputFormat,
        table.typed(types),
        price,
        autoDeadline);
  }
}
