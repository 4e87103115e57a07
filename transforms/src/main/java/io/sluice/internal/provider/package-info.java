/**
 * Finds the provider that a task names. In comes a kind, out comes a {@link
 * io.sluice.spi.ModelProvider}, or the list of those that there are; and for an account the caller
 * that reaches it. Each package below is a provider's room: all that is known of it, named nowhere
 * else.
 */
@NullMarked
package io.sluice.internal.provider;

import org.jspecify.annotations.NullMarked;
