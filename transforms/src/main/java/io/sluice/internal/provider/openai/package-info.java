/**
 * OpenAI and what is compatible with it. In come questions, and requests to send; out go chat
 * completions, embeddings and batches in OpenAI's words, and what a server answers comes back as
 * replies in everybody's. What Azure, vLLM, OpenRouter and LiteLLM do in their own way is here too.
 */
@NullMarked
package io.sluice.internal.provider.openai;

import org.jspecify.annotations.NullMarked;
