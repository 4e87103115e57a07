/**
 * What a cascade's small model sees of a text, and how it learns from examples. No threads, no
 * clock, no files; the same examples give the same bits, in whatever order they come.
 */
@NullMarked
package io.sluice.internal.cascade.learning;

import org.jspecify.annotations.NullMarked;
