/** What a cascade would save, by some answers that are there before it begins. No threads. */
@NullMarked
package io.sluice.internal.cascade.prospect;

import org.jspecify.annotations.NullMarked;
