/** What an answer is held against that came before it: its count of the input, a vector's length. */
@NullMarked
package io.sluice.internal.engine.input;

import org.jspecify.annotations.NullMarked;
