/** The bundled jar in processes of its own, killed at bad moments. */
@NullMarked
package io.sluice.it;

import org.jspecify.annotations.NullMarked;
