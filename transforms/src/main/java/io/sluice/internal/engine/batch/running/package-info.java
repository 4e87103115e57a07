/** A batch from its intent to its close, and what batches of an account share. */
@NullMarked
package io.sluice.internal.engine.batch.running;

import org.jspecify.annotations.NullMarked;
