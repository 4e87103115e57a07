/** What an answer is held against that came before it: counts of the input, a vector's length. */
@NullMarked
package io.sluice.internal.engine.input;

import org.jspecify.annotations.NullMarked;
