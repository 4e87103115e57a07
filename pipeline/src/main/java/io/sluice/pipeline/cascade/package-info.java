/**
 * What a cascade has saved, and how far its small model agrees with the task's: counted from rows,
 * and read from the ledger.
 */
@NullMarked
package io.sluice.pipeline.cascade;

import org.jspecify.annotations.NullMarked;
