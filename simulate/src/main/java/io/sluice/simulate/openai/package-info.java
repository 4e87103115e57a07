/** OpenAI's wire: chat completions, embeddings, files and batches. */
@NullMarked
package io.sluice.simulate.openai;

import org.jspecify.annotations.NullMarked;
