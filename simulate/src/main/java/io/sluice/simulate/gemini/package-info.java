/** Gemini's wire: generateContent, embeddings, and batches within a call or by file. */
@NullMarked
package io.sluice.simulate.gemini;

import org.jspecify.annotations.NullMarked;
