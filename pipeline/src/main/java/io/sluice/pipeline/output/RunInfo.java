package io.sluice.pipeline.output;

import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.pipeline.table.TableTask;
import java.io.Serializable;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What the finish of a run needs to know.
 *
 * @param run the run's name, unique
 * @param runner as {@code --runner} names it
 * @param ledger the ledger's directory
 * @param maxFailureRate dead letters per document above which the run has failed, 0 to 1
 * @param format of the results
 * @param table what the task says of the results' columns
 * @param estimatedUsd null where unknown
 * @param budgetUsd null for none
 * @param price of the task's model; null where unknown
 * @param startedAtMillis epoch milliseconds
 */
public record RunInfo(
    String run,
    String runner,
    OutputPaths paths,
    String ledger,
    ModelTask task,
    double maxFailureRate,
    OutputFormat format,
    TableTask table,
    @Nullable BigDecimal estimatedUsd,
    @Nullable BigDecimal budgetUsd,
    @Nullable Price price,
    long startedAtMillis)
    implements Serializable {}
