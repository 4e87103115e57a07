/**
 * A provider's batches, whichever provider it is. In come requests; they are packed into files,
 * submitted so that no batch is ever created twice, polled, and read; out comes each request's
 * reply. How a provider words all this is its {@link io.sluice.spi.BatchApi}.
 */
@NullMarked
package io.sluice.internal.batches;

import org.jspecify.annotations.NullMarked;
