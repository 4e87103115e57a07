/** Files that are this process' alone, and go with it. */
@NullMarked
package io.sluice.internal.temporary;

import org.jspecify.annotations.NullMarked;
