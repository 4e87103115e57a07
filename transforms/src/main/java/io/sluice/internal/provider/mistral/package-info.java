/** Mistral's API: chat completions, embeddings and batch jobs. */
@NullMarked
package io.sluice.internal.provider.mistral;

import org.jspecify.annotations.NullMarked;
