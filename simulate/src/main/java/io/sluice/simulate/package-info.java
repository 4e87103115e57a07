/** A provider on localhost to rehearse against. */
@NullMarked
package io.sluice.simulate;

import org.jspecify.annotations.NullMarked;
