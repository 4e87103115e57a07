/** What a provider can take, of calls a minute and of calls at a time: found out by trying. */
@NullMarked
package io.sluice.internal.capacity;

import org.jspecify.annotations.NullMarked;
