/** Mistral's wire: chat completions, embeddings, files and batch jobs. */
@NullMarked
package io.sluice.simulate.mistral;

import org.jspecify.annotations.NullMarked;
