@NullMarked
package io.sluice.internal.batches;

import org.jspecify.annotations.NullMarked;
