/**
 * What a provider implements. In comes a task, out of which a {@link io.sluice.spi.ModelProvider}
 * writes requests ({@link io.sluice.spi.RequestWriter}), counts tokens ({@link
 * io.sluice.spi.TokenCounter}), sends requests one by one ({@link io.sluice.spi.Caller}) or in
 * batches ({@link io.sluice.spi.BatchApi}); out comes a {@link io.sluice.spi.Reply} for each
 * request, in words that are the same for all providers. Nothing here knows a provider, or anything
 * internal.
 */
@NullMarked
package io.sluice.spi;

import org.jspecify.annotations.NullMarked;
