/** What requests begin with, and whether it pays that a provider keeps it for others. */
@NullMarked
package io.sluice.internal.engine.prefix;

import org.jspecify.annotations.NullMarked;
