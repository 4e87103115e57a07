package io.sluice.pipeline.task;

import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.pipeline.input.DocumentFields;
import java.io.Serializable;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * A task file: what to ask, and what the job does around it.
 *
 * @param budgetUsd null for no cap
 * @param maxFailureRate dead letters per document above which a run has failed; 1 where the task
 *     does not say
 * @param price the model's price, where the task gives one
 */
public record JobTask(
    ModelTask task,
    DocumentFields fields,
    @Nullable BigDecimal budgetUsd,
    double maxFailureRate,
    @Nullable Price price)
    implements Serializable {}
