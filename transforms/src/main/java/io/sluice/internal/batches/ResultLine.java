package io.sluice.internal.batches;

import io.sluice.spi.CustomIds;
import io.sluice.spi.Reply;

/**
 * One request's outcome.
 *
 * @param customId {@link CustomIds#of}, as far as the batch is one of Sluice's
 * @param repeated whether the batch's results have had a line for this request before
 */
public record ResultLine(String customId, Reply reply, boolean repeated) {}
