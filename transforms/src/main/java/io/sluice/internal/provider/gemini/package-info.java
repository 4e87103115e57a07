/**
 * Gemini: generateContent, embeddings and batches (ai.google.dev, API reference). Names go out as
 * the protocol buffers have them ({@code generation_config}), which requests and the lines of
 * batches take alike, and are read in either spelling.
 */
@NullMarked
package io.sluice.internal.provider.gemini;

import org.jspecify.annotations.NullMarked;
