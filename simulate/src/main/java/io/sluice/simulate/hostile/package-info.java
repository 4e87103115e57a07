/** A server that does on the wire, and in what it says, what no server should. */
@NullMarked
package io.sluice.simulate.hostile;

import org.jspecify.annotations.NullMarked;
