/** Anthropic's wire: Messages, and message batches. */
@NullMarked
package io.sluice.simulate.anthropic;

import org.jspecify.annotations.NullMarked;
