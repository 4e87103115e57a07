/** What the providers' batch endpoints share: batches, their time and their faults. */
@NullMarked
package io.sluice.simulate.batches;

import org.jspecify.annotations.NullMarked;
