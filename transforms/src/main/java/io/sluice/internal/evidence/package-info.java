/** Whose failure it is that a call was not answered, and what its account does about it. */
@NullMarked
package io.sluice.internal.evidence;

import org.jspecify.annotations.NullMarked;
