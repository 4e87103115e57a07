/**
 * Makes requests. In come a task and a document; the prompt is rendered, written by the task's
 * provider, counted and fingerprinted; out comes a {@link io.sluice.spi.Request}. What writers
 * share, such as canonical JSON and the words of refusals, is here too.
 */
@NullMarked
package io.sluice.internal.prepare;

import org.jspecify.annotations.NullMarked;
