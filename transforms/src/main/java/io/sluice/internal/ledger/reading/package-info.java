/** What is read of a ledger: segments ahead of time, their lines, and the fields of a line. */
@NullMarked
package io.sluice.internal.ledger.reading;

import org.jspecify.annotations.NullMarked;
