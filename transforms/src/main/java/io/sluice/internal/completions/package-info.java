/**
 * The shape of OpenAI's chat completions and embeddings, which other providers have taken over:
 * written, called and read in one place for the rooms of all that speak it. What differs between
 * them is in the rooms.
 */
@NullMarked
package io.sluice.internal.completions;

import org.jspecify.annotations.NullMarked;
